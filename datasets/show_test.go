package datasets

import (
	"fmt"
	"strings"
	"testing"
)

func TestShow(t *testing.T) {
	set := Emoji().Artist("noto")
	bundle := set.MIMEBundle()
	text, page := bundle["text/plain"].(string), bundle["text/html"].(string)
	if !strings.HasPrefix(text, "1587 pairs\n  grinning face (noto 1f600, train)\n") ||
		!strings.HasSuffix(text, "and 1575 more") {
		t.Errorf("text %q", text)
	}
	if n := strings.Count(page, "<img "); n != shown {
		t.Errorf("%d pictures, want %d", n, shown)
	}
	if len(page) > 200<<10 {
		t.Errorf("%d bytes of HTML", len(page))
	}
	hostile := Pair{Caption: `<script>"`}
	if page := hostile.MIMEBundle()["text/html"].(string); strings.Contains(page, "<script>") {
		t.Errorf("unescaped: %s", page)
	}
	if got := Set(nil).String(); got != "0 pairs" {
		t.Errorf("an empty set is %q", got)
	}
}

func ExampleLessonBatch() {
	fmt.Println(LessonBatch(3))
	// Output:
	// 3 pairs
	//   a red apple (twemoji 1f34e, new artist)
	//   a boat with two sails (twemoji 26f5, new artist)
	//   a black cat (twemoji 1f408-200d-2b1b, new artist)
}
