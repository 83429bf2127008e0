package lab

import (
	"fmt"
	"strings"
)

// Quiz is the question at the end of the video "CLIP – Explained!": which of four statements
// are true?
type Quiz struct {
	Question   string
	Statements []Statement
}

// Statement is one answer of a quiz with the reason why it is right or wrong.
type Statement struct {
	Letter string
	Text   string
	True   bool
	Why    string
}

// NewQuiz is the quiz of lesson one.
func NewQuiz() Quiz {
	return Quiz{
		Question: "Which of these are true of CLIP?",
		Statements: []Statement{
			{"a", "Images and texts share one embedding space.", true,
				"both towers end in vectors of the same length, and training pulls matching " +
					"pairs together: that is why a cosine between a picture and a word means something"},
			{"b", "It is trained on images with free text.", true,
				"captions as people write them, 400 million pairs in the paper; no gold labels"},
			{"c", "It learns by contrastive learning.", true,
				"the right text of an image must win against the other N−1 texts of the batch, " +
					"and the right image of a text against the other N−1 images"},
			{"d", "Its image encoder is usually a convolutional network or a transformer.", true,
				"the paper trains ResNets and vision transformers; anything that ends in a vector would do"},
		},
	}
}

// String prints the question and its statements.
func (q Quiz) String() string {
	var b strings.Builder
	fmt.Fprintln(&b, q.Question)
	for _, s := range q.Statements {
		fmt.Fprintf(&b, "  (%s) %s\n", s.Letter, s.Text)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// QuizResult says for each statement whether it was judged rightly, and why.
type QuizResult struct {
	Right, Total int
	Lines        []string
}

// String prints the result line by line.
func (r QuizResult) String() string {
	return fmt.Sprintf("%d of %d right\n%s", r.Right, r.Total, strings.Join(r.Lines, "\n"))
}

// Check compares the letters one believes to be true with the truth: Check("a", "c"). An
// error names a letter that is no answer.
func (q Quiz) Check(letters ...string) (QuizResult, error) {
	chosen := map[string]bool{}
	for _, letter := range apart(letters) {
		letter = strings.ToLower(strings.Trim(letter, " ()"))
		if !q.has(letter) {
			return QuizResult{}, fmt.Errorf("lab: quiz has no statement %q; answer with letters "+
				"such as Check(\"a\", \"c\")", letter)
		}
		chosen[letter] = true
	}
	result := QuizResult{Total: len(q.Statements)}
	for _, s := range q.Statements {
		mark := "✗"
		if chosen[s.Letter] == s.True {
			mark = "✓"
			result.Right++
		}
		result.Lines = append(result.Lines,
			fmt.Sprintf("%s (%s) is %t: %s", mark, s.Letter, s.True, s.Why))
	}
	return result, nil
}

// apart takes letters that came in one string apart: "abd" and "a, b, d" are three.
func apart(answers []string) (letters []string) {
	for _, a := range answers {
		for _, part := range strings.FieldsFunc(a, func(r rune) bool { return r == ',' || r == ' ' }) {
			if strings.Trim(strings.ToLower(part), "abcd") == "" {
				letters = append(letters, strings.Split(part, "")...)
			} else {
				letters = append(letters, part)
			}
		}
	}
	return letters
}

func (q Quiz) has(letter string) bool {
	for _, s := range q.Statements {
		if s.Letter == letter {
			return true
		}
	}
	return false
}
