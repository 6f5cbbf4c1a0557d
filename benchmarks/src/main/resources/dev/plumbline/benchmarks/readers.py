"""Opens what the platform wrote with the programs that others open it with, and prints how far apart the numbers are.

Argument: a file with one JSON object. "runs" are directories of runs: of each, TensorBoard's own reader says what their event files
hold, which has to be what metrics.jsonl holds; printed are tags, points and the largest difference. "models" are directories of
published versions with what the platform says of texts: transformers opens them as anybody would, and PEFT the adapters in them;
printed are the tokens compared, the largest difference to the platform's log-probabilities or scores, and, of a version with adapters,
the largest difference between the logits (scores) of the base with adapters and those of the version, and what the adapters change.
Anything that is no number, such as a missing key or another token id, is an error.
"""

import json
import os
import sys

os.environ.update(HF_HUB_OFFLINE="1", TOKENIZERS_PARALLELISM="false")

import numpy
import torch
from peft import AutoPeftModelForCausalLM, AutoPeftModelForSequenceClassification
from safetensors import safe_open
from tensorboard.backend.event_processing.event_accumulator import SCALARS, EventAccumulator
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification, AutoTokenizer

with open(sys.argv[1]) as text:
    work = json.load(text)
sys.stdout, answers = sys.stderr, sys.stdout
torch.set_num_threads(work["threads"])


def require(holds, what):
    if not holds:
        raise SystemExit(what)


def report(*numbers):
    for number in numbers:
        print(float(number), file=answers, flush=True)


def read_events(run):
    events = EventAccumulator(run["directory"], size_guidance={SCALARS: 0})
    events.Reload()
    written = {}
    with open(os.path.join(run["directory"], "metrics.jsonl")) as lines:
        for line in lines:
            point = json.loads(line)
            for tag, value in point["values"].items():
                written.setdefault(tag, []).append((int(point.get("step", 0)), value))
    tags = events.Tags()[SCALARS]
    require(set(tags) == set(written), f"{run}: {set(tags) ^ set(written)} are tags of one side alone")
    apart = []
    for tag in tags:
        read = events.Scalars(tag)
        steps = [point.step for point in read]
        require(steps == sorted(steps), f"{run}: {tag} has steps out of order, {steps}")
        require(steps == [step for step, _ in written[tag]], f"{run}: {tag} has steps {steps}, not {written[tag]}")
        apart += [abs(point.value - numpy.float32(value)) for point, (_, value) in zip(read, written[tag])]
    files = [name for name in os.listdir(run["directory"]) if name.startswith("events.out.tfevents.")]
    require(len(files) == run["files"], f"{run}: there are {len(files)} event files, not {run['files']}")
    report(len(tags), len(apart), numpy.max(apart))


def load(kind, directory, **options):
    """As stored, in the form of numbers that the config names; every key has its place."""
    model, found = kind.from_pretrained(
        directory, attn_implementation="eager", torch_dtype="auto", output_loading_info=True, **options)
    for what, keys in found.items():
        require(not keys, f"{directory}: {what} are {keys}")
    with safe_open(os.path.join(directory, "model.safetensors"), "pt") as stored:
        forms = {stored.get_tensor(name).dtype for name in stored.keys()}
    require(forms == {model.dtype}, f"{directory}: weights are {forms}, but the config says {model.dtype}")
    return model.float().eval()


def largest(differences):
    return torch.cat([difference.flatten() for difference in differences]).abs().max()


def require_tokens(tokenizer, version, example):
    prompt = tokenizer(example["prompt"]).input_ids
    answer = tokenizer(example["answer"], add_special_tokens=False).input_ids
    if version["kind"] == "judge":
        # Which says nothing of its tokens, but reads the end of the text behind a complete answer.
        return prompt, answer + [tokenizer.eos_token_id]
    for text, ids in ("prompt", prompt), ("answer", answer):
        require(ids == example[text + "_ids"], f"{version['name']}: {example[text]!r} is {ids}, not {example[text + '_ids']}")
    return prompt, answer


def read_model(version):
    judge = version["kind"] == "judge"
    directory = version["directory"]
    tokenizer = AutoTokenizer.from_pretrained(directory)
    model = load(AutoModelForSequenceClassification if judge else AutoModelForCausalLM, directory)
    # transformers keeps the field and does not apply it.
    bias = model.config.score_bias if judge else 0.0
    require(not judge or bias != 0.0, f"{version['name']}: its scores have no bias, so that whether it is kept is not tried")
    tokens, apart, outputs = 0, [], []
    with torch.inference_mode():
        for example in version["examples"]:
            prompt, answer = require_tokens(tokenizer, version, example)
            ids = torch.tensor([prompt + answer])
            outputs.append((ids, model(input_ids=ids).logits[0]))
            if judge:
                tokens += ids.shape[1]
                apart.append(outputs[-1][1][0] + bias - example["score"])
            else:
                tokens += len(answer)
                log_probs = torch.log_softmax(outputs[-1][1][len(prompt) - 1:-1], -1)
                theirs = log_probs.gather(1, torch.tensor(answer).unsqueeze(1)).squeeze(1)
                apart.append(theirs - torch.tensor(example["log_probs"]))
        if "conversation" in version:
            ids = tokenizer.apply_chat_template(version["conversation"], add_generation_prompt=True)
            require(ids == version["conversation_ids"], f"{version['name']}: {ids} are not {version['conversation_ids']}")
        report(tokens, largest(apart))
        if version["adapters"]:
            report(*read_adapters(os.path.join(directory, "adapter"), outputs, judge))


def read_adapters(directory, outputs, judge):
    """By the base that their config names."""
    kind = AutoPeftModelForSequenceClassification if judge else AutoPeftModelForCausalLM
    options = {"num_labels": 1} if judge else {}
    model = kind.from_pretrained(directory, attn_implementation="eager", torch_dtype=torch.float32, **options).eval()
    with safe_open(os.path.join(directory, "adapter_model.safetensors"), "pt") as stored:
        # PEFT passes over what it does not know, and says nothing.
        used = {name.replace(".default", "").replace(".modules_to_save", "") for name, _ in model.named_parameters()
                if "lora_" in name or "modules_to_save" in name}
        require(set(stored.keys()) == used, f"{directory}: {set(stored.keys()) ^ used} are keys of one side alone")
    apart = largest([model(input_ids=ids).logits[0] - logits for ids, logits in outputs])
    with model.disable_adapter():
        change = largest([model(input_ids=ids).logits[0] - logits for ids, logits in outputs])
    return apart, change


for each in work["runs"]:
    read_events(each)
for each in work["models"]:
    read_model(each)
