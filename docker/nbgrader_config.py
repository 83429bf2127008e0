"""nbgrader for Go: what it lacks is what a removed solution leaves behind.

Solutions stand between "// BEGIN SOLUTION" and "// END SOLUTION"; hidden tests between
"// BEGIN HIDDEN TESTS" and "// END HIDDEN TESTS". A test cell fails by a panic or an error and
must print nothing to stderr: nbgrader takes that for a failure. A last expression that is a
number is partial credit.

Jupyter finds this file in its config folders (jupyter --paths), nbgrader also in the course's.
"""

c = get_config()  # noqa: F821

c.ClearSolutions.code_stub = {
    "go": '// YOUR CODE HERE\npanic("not implemented")',
    "python": "# YOUR CODE HERE\nraise NotImplementedError()",
}
c.ClearSolutions.text_stub = "YOUR ANSWER HERE"
c.ExecutePreprocessor.timeout = 120  # seconds for a cell
