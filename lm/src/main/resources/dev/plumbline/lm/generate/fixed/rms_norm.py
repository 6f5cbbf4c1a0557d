  # As rms_norm.py, of operations that IEEE 754 rounds in one way only; hypot() is not among them.
  def norm(self, x: Tensor, floor: Tensor) -> Tensor:
    square = torch.square(torch.linalg_vector_norm(x, 2, [-1], True))
    return torch.div(x, square.add_(torch.square(floor)).sqrt_())
