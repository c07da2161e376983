"""Pictures of all modes, with palette, transparency and information, and one that was never read."""

NAMES = ["value"]
MAKE = """
import io
from PIL import Image

file = io.BytesIO()
Image.new("RGB", (4, 3), (1, 2, 3)).save(file, "PNG")
palette = Image.new("P", (2, 2), 1)
palette.putpalette([0, 0, 0, 9, 8, 7])
palette.info["transparency"] = 0
value = {
    "lazy": Image.open(file),
    "grey": Image.new("L", (3, 2), 7),
    "alpha": Image.new("RGBA", (2, 2), (1, 2, 3, 4)),
    "palette": palette,
    "float": Image.new("F", (2, 2), 0.5),
    "bits": Image.new("1", (9, 2), 1),
}
"""
CHECK = """
v = value
facts = {
    "lazy": v["lazy"].getpixel((3, 2)) == (1, 2, 3) and v["lazy"].size == (4, 3),
    "grey": v["grey"].getpixel((0, 0)) == 7,
    "alpha": v["alpha"].getpixel((1, 1)) == (1, 2, 3, 4),
    "palette": v["palette"].convert("RGB").getpixel((0, 0)) == (9, 8, 7) and v["palette"].info["transparency"] == 0,
    "float": v["float"].getpixel((0, 0)) == 0.5,
    "bits": v["bits"].getpixel((8, 1)) != 0,
}
v["grey"].putpixel((0, 0), 9)
facts["written"] = v["grey"].getpixel((0, 0)) == 9
ok, evidence = all(facts.values()), str(facts)
"""
