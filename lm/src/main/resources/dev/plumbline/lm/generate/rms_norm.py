  # RMSNorm without its weight, divided by the square root of the width n: x / sqrt(|x|^2 + n epsilon). The floor [1] is
  # sqrt(n epsilon).
  def norm(self, x: Tensor, floor: Tensor) -> Tensor:
    return torch.div(x, torch.linalg_vector_norm(x, 2, [-1], True).hypot_(floor))
