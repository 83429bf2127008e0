package lab

import "sort"

// Vocabulary is the set of token ids that a small model has learned rows for. CLIP's own
// tables hold all 49,408 ids; a model trained on a few thousand captions has met a tenth of
// them, and carries only those. Ids stay CLIP's; rows are the model's business.
//
// Row 0 is for every other id: one vector for all that was never met, zero where training
// started from nothing, so that such a word says no more than its place in the caption.
type Vocabulary struct {
	ids []int // sorted, so that the end-of-text token keeps the largest row
	row map[int]int
}

// NewVocabulary collects the ids of the captions.
//
//	tokens [n][context]  ids as the tokenizer gives them
func NewVocabulary(tokens [][]int) *Vocabulary {
	seen := map[int]bool{}
	var ids []int
	for _, caption := range tokens {
		for _, id := range caption {
			if !seen[id] {
				seen[id] = true
				ids = append(ids, id)
			}
		}
	}
	return vocabularyOf(ids)
}

func vocabularyOf(ids []int) *Vocabulary {
	ids = append([]int(nil), ids...)
	sort.Ints(ids)
	v := &Vocabulary{ids: ids, row: make(map[int]int, len(ids))}
	for i, id := range ids {
		v.row[id] = i + 1
	}
	return v
}

// Size is the number of rows of the token embedding, row 0 included.
func (v *Vocabulary) Size() int { return len(v.ids) + 1 }

// IDs is the known ids, in the order of their rows from row 1 on.
func (v *Vocabulary) IDs() []int { return append([]int(nil), v.ids...) }

// Knows says whether the id was met in training.
func (v *Vocabulary) Knows(id int) bool { return v.row[id] > 0 }

// Rows replaces ids by the rows of the token embedding.
//
//	tokens [n][context]  ids
//	result [n][context]  rows, 0 for ids never met
func (v *Vocabulary) Rows(tokens [][]int) [][]int {
	rows := make([][]int, len(tokens))
	for i, caption := range tokens {
		rows[i] = make([]int, len(caption))
		for j, id := range caption {
			rows[i][j] = v.row[id]
		}
	}
	return rows
}

// Tensor is Rows as the towers and training graphs take them.
//
//	tokens [n][context]  ids
//	result [n, context]  rows
func (v *Vocabulary) Tensor(tokens [][]int) *Tensor {
	if len(tokens) == 0 {
		panic("lab: Tensor of no captions")
	}
	return asTensor(v.Rows(tokens), len(tokens[0]))
}
