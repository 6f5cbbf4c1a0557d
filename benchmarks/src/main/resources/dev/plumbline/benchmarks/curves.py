"""Learns a few steps of one batch and prints the loss before each step, one number a line, written from the papers alone.

Argument: a file with one JSON object: the task ("sft", "reward_model" or "dpo"), the checkpoint, the learning rate, the steps, and
token ids. A ranked list is a prompt with answers, the best first, no two of them alike.
"""

import json
import sys

import torch
from torch.nn.functional import logsigmoid
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification

with open(sys.argv[1]) as text:
    work = json.load(text)
sys.stdout, answers = sys.stderr, sys.stdout
torch.set_num_threads(work["threads"])
kind = AutoModelForSequenceClassification if work["task"] == "reward_model" else AutoModelForCausalLM
options = {"num_labels": 1} if work["task"] == "reward_model" else {}


def load():
    return kind.from_pretrained(work["model"], attn_implementation="eager", torch_dtype=torch.float32, **options).eval()


def token_log_probs(model, ids, first):
    logits = model(input_ids=torch.tensor([ids]), use_cache=False).logits[0]
    chosen = torch.tensor(ids[first:])
    return torch.log_softmax(logits[first - 1:-1], -1).gather(1, chosen.unsqueeze(1)).squeeze(1)


def sft(model):
    losses = torch.cat([-token_log_probs(model, ids, 1) for ids in work["texts"]])
    return losses.mean()


def pairs(numbers):
    """The differences of all pairs, better less worse."""
    return torch.stack([better - worse for i, better in enumerate(numbers) for worse in numbers[i + 1:]])


def reward_model(model):
    losses = []
    for prompt, ranked in work["lists"]:
        scores = []
        for answer in ranked:
            hidden = model.model(input_ids=torch.tensor([prompt + answer]), use_cache=False).last_hidden_state
            scores.append(model.score(hidden[0, -1])[0])
        losses.append(-logsigmoid(pairs(scores)).mean())
    return torch.stack(losses).mean()


def summed(model):
    return [[token_log_probs(model, prompt + answer, len(prompt)).sum() for answer in ranked]
            for prompt, ranked in work["lists"]]


def dpo(model):
    losses = []
    for own, given in zip(summed(model), known):
        losses.append(-logsigmoid(0.1 * pairs([a - b for a, b in zip(own, given)])).mean())
    return torch.stack(losses).mean()


model = load()
if work["task"] == "dpo":
    with torch.no_grad():
        known = summed(load())
steps = torch.optim.AdamW(model.parameters(), lr=work["learning_rate"], betas=(0.9, 0.95), eps=1e-8, weight_decay=0.0)
for _ in range(work["steps"]):
    loss = {"sft": sft, "reward_model": reward_model, "dpo": dpo}[work["task"]](model)
    print(loss.item(), file=answers, flush=True)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    steps.step()
    steps.zero_grad()
