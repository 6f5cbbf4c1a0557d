"""Does with transformers what it is told, as long as it is told to: one JSON object a line in, one number of seconds a line out.

Arguments: the checkpoint, threads, "float32" or "bfloat16". A line holds prompts and how many tokens each of them gets, which are
answered in batches of the given size in their order, each batch until its longest answer is done; or it holds sequences, which are
passed forward in padded batches.
"""

import json
import sys
import time

import torch
from transformers import AutoConfig, AutoModelForCausalLM, AutoModelForSequenceClassification

checkpoint, threads, dtype = sys.argv[1:4]
torch.set_num_threads(int(threads))
options = {"torch_dtype": getattr(torch, dtype), "attn_implementation": "sdpa"}
if AutoConfig.from_pretrained(checkpoint).architectures[0].endswith("ForSequenceClassification"):
    model = AutoModelForSequenceClassification.from_pretrained(checkpoint, num_labels=1, **options).eval()
    model.config.pad_token_id = 0
else:
    model = AutoModelForCausalLM.from_pretrained(checkpoint, **options).eval()
    model.generation_config.eos_token_id = None
    model.generation_config.pad_token_id = 0


def generate(prompts, tokens):
    ids = torch.tensor(prompts)
    out = model.generate(
        ids, attention_mask=torch.ones_like(ids), do_sample=True, temperature=1.0, top_k=0, top_p=1.0,
        max_new_tokens=tokens, min_new_tokens=tokens)
    if out.shape != (len(prompts), ids.shape[1] + tokens):
        raise SystemExit(f"expected {tokens} new tokens for each of {len(prompts)} prompts, got {out.shape}")


def score(sequences):
    longest = max(map(len, sequences))
    ids = torch.tensor([each + [0] * (longest - len(each)) for each in sequences])
    mask = torch.tensor([[1] * len(each) + [0] * (longest - len(each)) for each in sequences])
    scores = model(input_ids=ids, attention_mask=mask, use_cache=False).logits
    if scores.shape != (len(sequences), 1):
        raise SystemExit(f"expected a score for each of {len(sequences)} sequences, got {scores.shape}")


print("ready", flush=True)
with torch.inference_mode():
    for line in sys.stdin:
        work = json.loads(line)
        size = work["batch"]
        start = time.perf_counter()
        if "sequences" in work:
            for at in range(0, len(work["sequences"]), size):
                score(work["sequences"][at:at + size])
        else:
            for at in range(0, len(work["prompts"]), size):
                generate(work["prompts"][at:at + size], max(work["tokens"][at:at + size]))
        print(time.perf_counter() - start, flush=True)
