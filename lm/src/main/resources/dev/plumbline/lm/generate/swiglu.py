  # silu(gate) * up, of both side by side.
  def activated(self, x: Tensor) -> Tensor:
    gate, up = torch.split(x, x.size(1) // 2, 1)
    return torch.silu(gate).mul_(up)
