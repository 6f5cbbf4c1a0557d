  # Which elements dropout keeps.

  # z ^ (z >>> by); torch shifts the sign in, which `mask` takes away.
  def xor_shifted(self, z: Tensor, by: int, mask: int) -> Tensor:
    return torch.bitwise_xor(z, torch.bitwise_and(torch.bitwise_right_shift(z, by), mask))

  # Which columns [1, N, width] of tokens with such keys [1, N, 1] are kept. Of a key and the counters from `first` on there
  # is one number of 64 bits each, as CounterHash.of has it, whose four parts of 16 bits, the uppermost first, are of one column
  # each. A column is left out if its part, uppermost in a number with a sign, makes it less than the limit.
  def kept(self, keys: Tensor, first: int, words: int, width: int, limit: int) -> Tensor:
    counters = torch.arange(first + 1, first + words + 1, dtype=4, device=keys.device)
    z = keys + counters * -7046029254386353131
    z = self.xor_shifted(z, 30, 17179869183) * -4658895280553007687
    z = self.xor_shifted(z, 27, 137438953471) * -7723592293110705685
    z = self.xor_shifted(z, 31, 8589934591)
    parts = [torch.ge(z, limit)]
    for part in range(1, 4):
      parts.append(torch.ge(torch.bitwise_left_shift(z, 16 * part), limit))
    return torch.narrow(torch.cat(parts, -1), -1, 0, width)
