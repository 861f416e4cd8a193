import torch

from allaprima.nets.compact import CompactNetwork
from allaprima.nets.shape import Shape
from allaprima.train.ranges import input_ranges

SMALL = Shape(16, 16, 16, 1, 1)


def test_ranges_reach_what_the_convolutions_were_given() -> None:
    torch.manual_seed(1)
    network = CompactNetwork(SMALL)
    content, mapped = torch.rand(1, 3, 48, 64), torch.randn(1, 256)
    small = input_ranges(network, [(content, mapped)])
    both = input_ranges(network, [(content, mapped), (content, 3 * mapped)])
    assert small.keys() == {"to_half", "to_quarter", "to_eighth", "eighth.0.first", "eighth.0.second", "up_to_quarter",
                            "skip_quarter", "quarter.0.first", "quarter.0.second", "up_to_half", "to_rgb"}
    assert -0.5 <= small["to_half"][0] < -0.49
    assert 0.49 < small["to_half"][1] <= 0.5
    assert small["to_rgb"][0] == 0
    assert all(both[name][0] <= low and both[name][1] >= high for name, (low, high) in small.items())
    assert both["eighth.0.second"][1] > 1.5 * small["eighth.0.second"][1]
