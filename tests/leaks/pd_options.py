"""Options of pandas stay as a cell set them."""

CELL = """
import pandas as pd

pd.set_option("display.max_rows", 4)
pd.set_option("display.precision", 1)
table = pd.DataFrame({"loss": [1 / (i + 1) for i in range(20)]})
print(table)
"""
CHECK = """
import pandas as pd

leaked = pd.get_option("display.precision") == 1
evidence = f"0.1234 prints as {pd.Series([0.1234]).to_string(index=False).strip()}"
"""
