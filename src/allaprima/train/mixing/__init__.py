"""Training of kernels that styles mix beside a base network, whose own kernels stay as they are."""
