// Package lab is CLIP taken apart: every stage of contrastive language-image pretraining is
// one function that can be called, looked at and taken away by itself.
//
//	pixels  = model.Preprocess(pictures...)          [n, 3, size, size]
//	tokens  = model.Tokenize(captions...)            [n, context]
//	image   = model.EncodeImage(pixels)              [n, embed]   features
//	text    = model.EncodeText(tokens)               [n, embed]   features
//	sim     = Similarity(Normalize(image), Normalize(text))       cosines in −1..1
//	logits  = Logits(sim, model.LogitScale())        cosines × exp(t)
//	perImg  = SoftmaxRows(logits)                    each row sums to 1
//	perTxt  = SoftmaxColumns(logits)                 each column sums to 1
//	loss    = ContrastiveLoss(logits)                cross-entropy against the diagonal, both ways
//
// On these stand zero-shot classification (Classifier), embedding-difference probes (Probe),
// linear probes and few-shot curves (LinearProbe, FewShot) and the quiz. Training is package
// lab/train, the Gorgonia graph lab/graph, numeric ops lab/ops.
//
// The stage functions here are the slow and obvious version: loops one can read aloud, after
// Radford et al. 2021, "Learning Transferable Visual Models From Natural Language
// Supervision", figure 3. Mis-shaped arguments panic with both shapes; a notebook shows that
// as the error of the cell.
//
// It is not a front end: package lab knows nothing of Jupyter, plots or data sets.
// The notebook that teaches it is notebooks/01-clip-explained.ipynb.
package lab
