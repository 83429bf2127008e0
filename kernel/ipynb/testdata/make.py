"""Writes jupyter.ipynb with nbformat (pip install nbformat==5.10.4; python make.py > jupyter.ipynb)."""
import sys

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output, new_raw_cell

nb = new_notebook()
nb.nbformat_minor = 5
nb.metadata = nbformat.from_dict({
    "kernelspec": {"name": "cliplab", "language": "go", "display_name": "Go (cliplab)"},
    "language_info": {"name": "go"},
    "zeta": {"list": [1, 2.0, 1e-07, True, None, {}, []], "float": 0.1},
})
md = new_markdown_cell("```\n# no title\n```\n# A title, «ünïcode» 😀\n\n$x^2$ \\ \"q\" <b> \x07 \u2028 end", id="aaaa0001")
md.attachments = {"p.png": {"image/png": "iVBORw0KGgo=\n"}}
code = new_code_cell("\n  n := 1\r\nn\x0b\n", id="aaaa0002", execution_count=3)
code.metadata = nbformat.from_dict({"tags": ["parameters"], "novel": {"a": [[]]}})
code.outputs = [
    new_output("stream", name="stderr", text="a\nb\rc\n\n"),
    new_output("display_data", {"text/html": "<b>a</b>\n<i>b</i>", "image/png": "AAAA\nBBBB\n",
                                "image/svg+xml": "<svg>\n</svg>", "application/json": {"k": ["v", 1]},
                                "application/vnd.x+json": [1, "a\nb"]}, metadata={"image/png": {"width": 3}}),
    new_output("execute_result", {"text/plain": ""}, execution_count=3),
    new_output("error", ename="E", evalue="v", traceback=["\x1b[31mred\x1b[0m", "x\ny"]),
    nbformat.from_dict({"output_type": "novel", "payload": "\t"}),
]
nb.cells = [md, code, new_raw_cell("", id="aaaa0003"), new_code_cell("", id="aaaa0004")]
nb["unknown_top"] = {"b": 1, "a": "é"}
nbformat.write(nb, sys.stdout)
