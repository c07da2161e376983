"""What jupyter_kernel_test is to ask of the kernel that python3 stands for."""

from __future__ import annotations

import jupyter_kernel_test


class PythonKernelTests(jupyter_kernel_test.KernelTests):
    """Samples of code, each of which carries no state from one request to the next."""

    kernel_name = "python3"
    language_name = "python"
    file_extension = ".py"
    code_hello_world = "print('hello, world')"
    code_stderr = "import sys; print('test', file=sys.stderr)"
    code_page_something = "zip?"
    code_generate_error = "raise ValueError('an error')"
    code_clear_output = "from IPython.display import clear_output; clear_output()"
    code_inspect_sample = "zip"
    completion_samples = ({"text": "zi", "matches": {"zip"}},)
    complete_code_samples = ("1", "print('hello, world')", "def f(x):\n  return x*2\n\n\n")
    incomplete_code_samples = ("print('''hello", "def f(x):\n  x*2")
    invalid_code_samples = ("import = 7q",)
    code_execute_result = ({"code": "6*7", "result": "42"},)
    code_display_data = (
        {"code": "from IPython.display import HTML, display; display(HTML('<b>x</b>'))", "mime": "text/html"},
    )
    supported_history_operations = ("tail", "search")
    code_history_pattern = "6?7"


class WelcomeTests(jupyter_kernel_test.IopubWelcomeTests):
    """A client hears that its subscription has arrived."""

    kernel_name = "python3"
    support_iopub_welcome = True
