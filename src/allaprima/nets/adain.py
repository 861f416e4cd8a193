"""AdaIN's network as published: VGG-19 to relu4_1, one adaptive normalisation, the decoder (arXiv:1703.06868)."""

from __future__ import annotations

from torch import Tensor, nn

from allaprima.nets.decoder import Decoder
from allaprima.nets.normalisation import Normalisation
from allaprima.nets.vgg import STYLE_LAYERS, VGG19, PaddingMode

LAYER = STYLE_LAYERS[-1]
CHANNELS = slice(0, 512)


class AdaINNetwork(nn.Module):
    """Pictures painted by the published network; its only normalised convolution is VGG's relu4_1."""

    channels = CHANNELS.stop

    def __init__(self, padding: PaddingMode = "reflect") -> None:
        super().__init__()
        self.encoder = VGG19(padding, last=LAYER)
        self.decoder = Decoder(padding)

    def paint(self, content: Tensor, normalise: Normalisation) -> Tensor:
        """Pictures (N, 3, H', W') about [0, 1] of content (N, 3, H, W); H' and W' are rounded up to eights."""
        features = self.encoder(content, (LAYER,))[LAYER]
        painted: Tensor = self.decoder(normalise(features, CHANNELS, 8))
        return painted
