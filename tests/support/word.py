"""What Word puts on the clipboard: HTML that names pictures on its own disk, and RTF that holds them."""

import re

from PIL import Image

from tests.support import drawing

WORD = (
    '<html xmlns:v="urn:schemas-microsoft-com:vml" xmlns:w="urn:schemas-microsoft-com:office:word">'
    "<body lang=RU>{}</body></html>"
)


def word(*parts: str) -> str:
    return WORD.format("".join(parts))


def png(colour: str, width: int = 90, height: int = 60) -> bytes:
    return drawing.encoded(Image.new("RGB", (width, height), colour), "PNG")


def blip(data: bytes, size: tuple[int, int] = (90, 60)) -> str:
    """A picture in RTF, shown so large in pixels at half its goal, and the same once more for older programs."""
    goal = f"\\picscalex50\\picscaley50\\picwgoal{size[0] * 30}\\pichgoal{size[1] * 30}"
    hexadecimal = re.sub("(.{128})", "\\1\n", data.hex())
    return (
        "{\\*\\shppict{\\pict{\\*\\picprop{\\sp{\\sn shapeType}{\\sv 75}}}"
        f"{goal}\\pngblip\\bliptag-12"
        "{\\*\\blipuid 00ff00ff}\n"
        + hexadecimal
        + "}}{\\nonshppict{\\pict{\\*\\picprop{\\sp{\\sn x}{\\sv 1}}}\\wmetafile8\\bliptag-12\n"
        + "0f" * 200
        + "}}"
    )


def picture(number: int) -> str:
    """A picture in HTML: a shape for Word itself, and a copy for all others."""
    return (
        f"<span><!--[if gte vml 1]><v:shape id=x{number}><v:imagedata src='file:///C:/x/clip_image00{number}.png'/>"
        f"</v:shape><![endif]--><![if !vml]><img src='file:///C:/x/clip_image00{number}.png' v:shapes=x{number}>"
        "<![endif]></span>"
    )
