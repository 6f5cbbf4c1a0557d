"""Writes cases.json: conversations with tools, their calls and answers, and documents, as transformers renders them.

    python render.py    with transformers 4.53.3 and Jinja2 3.1.6, in this directory

Templates and conversations were made for this directory. What JSON cannot tell of a message is as Plumbline gives it to a
template: content is a text or a list of parts, fields that are empty are not there.
"""

import itertools
import json
import pathlib

import jinja2
import tokenizers
import transformers

HERE = pathlib.Path(__file__).parent
TEMPLATES = {path.stem: path.read_text(encoding="utf-8") for path in sorted(HERE.glob("*.jinja"))}


def function(name, parameters, description=None):
    words = {} if description is None else {"description": description}
    return {"type": "function", "function": {"name": name, **words, "parameters": parameters}}


WEATHER = function(
    "weather",
    {
        "type": "object",
        "properties": {
            "city": {"type": "string", "description": "Where, as in \"Besançon\" or 東京"},
            "days": {"type": "integer", "default": 1, "minimum": 0},
            "unit": {"enum": ["°C", "°F"], "default": "°C"},
            "wind": {"type": "boolean"},
        },
        "required": ["city", "days"],
    },
    "What the sky <does> & will do,\nin plain words; it's free",
)
MOVE = function(
    "move_arm",
    {
        "type": "object",
        "properties": {
            "path": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {"x": {"type": "number"}, "y": {"type": ["number", "null"]}},
                },
            },
            "10": {"description": "a key that is a number"},
            "2": {"type": "number", "default": 1e-07},
        },
    },
)
CLOCK = function("now", {"type": "object", "properties": {}}, "")


def call(name, arguments, identity=None):
    return {**({} if identity is None else {"id": identity}), "type": "function",
            "function": {"name": name, "arguments": arguments}}


def said(role, content, **more):
    return {"role": role, "content": content, **more}


ASKED = [said("user", "Rain in Besançon?")]
ONE_CALL = [
    said("system", "  Be brief. \n"),
    said("user", "Rain in Besançon?"),
    said("assistant", "", reasoning_content="\nI'll look.\n", tool_calls=[
        call("weather", {"city": "Besançon", "days": 2, "wind": False}, "call_1")]),
    said("tool", "{\"rain\": true, \"mm\": 1.0}", name="weather", tool_call_id="call_1"),
]
ANSWERED = ONE_CALL + [said("assistant", "<thought>\nwet\n</thought>\n\nYes, 1 mm.")]
TWO_AT_ONCE = [
    said("user", "Draw, then tell me the time."),
    said("assistant", "At once:", tool_calls=[
        call("move_arm", {"path": [{"y": None, "x": 1.0}, {"x": -2.5e-05, "y": 1e16}], "2": 10000000.0, "10": True}, "a"),
        call("now", {}, "b")]),
    said("tool", " done \n", tool_call_id="a"),
    said("tool", "12:00 <o'clock> & \"sharp\"", tool_call_id="b"),
    said("assistant", "It is noon.\n"),
    said("user", "Thanks! 👍🏽"),
]
NO_ID = [
    said("user", "Nested?"),
    said("assistant", "", tool_calls=[call("move_arm", {"deep": [[1, [2, "é\u2028\t\\"]], [], {}, {"b": [None], "a": 0}]})]),
    said("tool", ""),
]
IN_PARTS = [
    said("user", [{"type": "text", "text": "Read "}, {"type": "text", "text": "\"this\"."}]),
    said("assistant", "Sure", tool_calls=[call("now", {"zone": "UTC+1"}, "c")]),
]
STRANGER = [said("user", "Hi"), said("narrator", "Silence.")]

DOCUMENTS = [
    {"title": "Salt & <Pepper>", "text": "Both are \"dry\".", "year": 1999},
    {"text": "No title, ünïcode", "scores": [0.5, 1.0, None], "nested": {"2": "b", "1": "a"}},
]

TOOLS = [None, [WEATHER], [MOVE, CLOCK], [WEATHER, MOVE, CLOCK]]


def conversations():
    prompts = itertools.cycle([True, False, False])
    for template, messages, tools in itertools.product(
            ["tags", "signatures"], [ASKED, ONE_CALL, ANSWERED, TWO_AT_ONCE, NO_ID], TOOLS):
        yield template, messages, tools, None, next(prompts), {}
    yield "tags", STRANGER, [CLOCK], None, True, {}
    yield "tags", ASKED, [WEATHER], None, True, {"thinking": False}
    yield "tags", ASKED, [WEATHER], None, True, {"thinking": True}
    yield "signatures", TWO_AT_ONCE, [MOVE], None, True, {"most_calls": 1}
    yield "signatures", ASKED, [CLOCK], None, True, {"opening": "Use {{ them }} well."}
    for messages, tools, documents in itertools.product(
            [ASKED, ONE_CALL, TWO_AT_ONCE, IN_PARTS], [None, [WEATHER, CLOCK]], [None, DOCUMENTS[:1], DOCUMENTS]):
        yield "sources", messages, tools, documents, True, {"cite": documents is not DOCUMENTS}


def main():
    words = tokenizers.Tokenizer(tokenizers.models.WordLevel({"?": 0}, unk_token="?"))
    tokenizer = transformers.PreTrainedTokenizerFast(tokenizer_object=words, bos_token="<bos>", eos_token="<eos>")
    cases = []
    for template, messages, tools, documents, prompt, extra in conversations():
        case = {"template": template, "messages": messages, "add_generation_prompt": prompt, "extra": extra}
        case.update({key: value for key, value in (("tools", tools), ("documents", documents)) if value is not None})
        try:
            case["rendered"] = tokenizer.apply_chat_template(
                messages, tools=tools, documents=documents, chat_template=TEMPLATES[template],
                add_generation_prompt=prompt, tokenize=False, **extra)
        except jinja2.TemplateError as error:
            case["error"] = str(error)
        cases.append(case)
    versions = {"transformers": transformers.__version__, "jinja2": jinja2.__version__}
    lines = ",\n".join(json.dumps(case, ensure_ascii=False) for case in cases)
    (HERE / "cases.json").write_text(f'{{"versions": {json.dumps(versions)}, "cases": [\n{lines}\n]}}\n', encoding="utf-8")


if __name__ == "__main__":
    main()
