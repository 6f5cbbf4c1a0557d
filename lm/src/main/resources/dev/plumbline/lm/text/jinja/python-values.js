/*
 * What Jinja2 prints where the library, which is a small Jinja in JavaScript, prints something else or is more lenient:
 * Python's texts for values, its string methods, equality and scopes, transformers' tojson. Runs in the library's own
 * scope, whose classes it corrects. What neither knows is an error, never a guess.
 */
const MAX_LENGTH = 1 << 24;
// Jinja2's sandbox allows no longer range either.
const MAX_RANGE = 100000;
const SPACE = "\\t\\n\\v\\f\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";

const kindOf = value => value instanceof TupleValue ? "tuple" : value.type.replace("Value", "").toLowerCase();

const fail = message => {
    throw new Error(message);
};

const undefinedName = new UndefinedValue();

/** repr of a float: the shortest digits, with an exponent from 1e16 up and below 1e-4. */
const floatText = number => {
    if (!isFinite(number)) {
        return isNaN(number) ? "nan" : number > 0 ? "inf" : "-inf";
    }
    if (number === 0) {
        return 1 / number < 0 ? "-0.0" : "0.0";
    }
    let parts = number.toExponential().split("e");
    let exponent = parseInt(parts[1], 10);
    if (exponent < -4 || exponent >= 16) {
        let size = Math.abs(exponent);
        return parts[0] + "e" + (exponent < 0 ? "-" : "+") + (size < 10 ? "0" : "") + size;
    }
    let sign = number < 0 ? "-" : "";
    let digits = parts[0].replace(/[-.]/g, "");
    if (exponent < 0) {
        return sign + "0." + "0".repeat(-exponent - 1) + digits;
    }
    let whole = digits.slice(0, exponent + 1);
    return sign + whole + "0".repeat(exponent + 1 - whole.length) + "." + (digits.slice(exponent + 1) || "0");
};

/** The escapes of repr for what ASCII and Latin-1 have unprintable; further characters stand as they are. */
const quoted = text => {
    let quote = text.includes("'") && !text.includes('"') ? '"' : "'";
    let names = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"};
    names[quote] = "\\" + quote;
    let hex = (character, width) => character.charCodeAt(0).toString(16).padStart(width, "0");
    let body = text.replace(/[\\'"\x00-\x1f\x7f-\xa0\xad\u1680\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff]/g,
        character => names[character]
            || (character === "'" || character === '"' ? character
                : character < "\u0100" ? "\\x" + hex(character, 2) : "\\u" + hex(character, 4)));
    return quote + body + quote;
};

const repr = value => {
    if (value instanceof StringValue) {
        return quoted(value.value);
    }
    if (value instanceof TupleValue) {
        return "(" + value.value.map(repr).join(", ") + (value.value.length === 1 ? ",)" : ")");
    }
    if (value instanceof ArrayValue) {
        return "[" + value.value.map(repr).join(", ") + "]";
    }
    if (value instanceof ObjectValue) {
        return "{" + [...value.value].map(entry => quoted(entry[0]) + ": " + repr(entry[1])).join(", ") + "}";
    }
    return value instanceof UndefinedValue ? "Undefined" : str(value);
};

/** What a value looks like in print. */
const str = value => {
    if (value instanceof StringValue) {
        return value.value;
    }
    if (value instanceof IntegerValue) {
        return String(value.value);
    }
    if (value instanceof FloatValue) {
        return floatText(value.value);
    }
    if (value instanceof BooleanValue) {
        return value.value ? "True" : "False";
    }
    if (value instanceof NullValue) {
        return "None";
    }
    if (value instanceof UndefinedValue) {
        return "";
    }
    if (value instanceof ArrayValue || value instanceof ObjectValue) {
        return repr(value);
    }
    return fail("a " + kindOf(value) + " has no text");
};

/** json.dumps with transformers' defaults. */
const dumps = (value, options, depth) => {
    let nested = (open, close, items) => {
        let line = options.indent === null ? "" : "\n" + options.indent.repeat(depth + 1);
        let end = options.indent === null ? "" : "\n" + options.indent.repeat(depth);
        return items.length === 0 ? open + close : open + line + items.join(options.item + line) + end + close;
    };
    let text = string => {
        // JSON.stringify also escapes halves of surrogate pairs, which no text from outside has.
        let json = JSON.stringify(string);
        return options.ascii
            ? json.replace(/[\x7f-\uffff]/g, c => c === "\x7f" ? c : "\\u" + c.charCodeAt(0).toString(16).padStart(4, "0"))
            : json;
    };
    switch (value.type) {
        case "NullValue":
            return "null";
        case "BooleanValue":
            return String(value.value);
        case "IntegerValue":
            return String(value.value);
        case "FloatValue":
            return isFinite(value.value) ? floatText(value.value) : isNaN(value.value) ? "NaN"
                : value.value > 0 ? "Infinity" : "-Infinity";
        case "StringValue":
            return text(value.value);
        case "ArrayValue":
        case "TupleValue":
            return nested("[", "]", value.value.map(item => dumps(item, options, depth + 1)));
        case "ObjectValue": {
            let entries = [...value.value];
            if (options.sort) {
                entries.sort((a, b) => compare(new StringValue(a[0]), new StringValue(b[0])));
            }
            return nested("{", "}",
                entries.map(entry => text(entry[0]) + options.key + dumps(entry[1], options, depth + 1)));
        }
        default:
            return fail("Object of type " + kindOf(value) + " is not JSON serializable");
    }
};

const tojson = (value, given) => {
    let indent = given("indent", 1);
    let separators = given("separators", 2);
    let spaces = indent instanceof IntegerValue ? " ".repeat(Math.max(0, indent.value))
        : indent instanceof StringValue ? indent.value : null;
    return new StringValue(dumps(value, {
        ascii: truth(given("ensure_ascii", 0)),
        indent: spaces,
        sort: truth(given("sort_keys", 3)),
        item: separators instanceof ArrayValue ? separators.value[0].value : spaces === null ? ", " : ",",
        key: separators instanceof ArrayValue ? separators.value[1].value : ": ",
    }, 0));
};

const truth = value => value !== undefined && value.__bool__().value;

const isNumber = value =>
    value instanceof IntegerValue || value instanceof FloatValue || value instanceof BooleanValue;

const equal = (a, b) => {
    if (isNumber(a) && isNumber(b)) {
        return Number(a.value) === Number(b.value);
    }
    if (a instanceof ArrayValue && b instanceof ArrayValue) {
        return (a instanceof TupleValue) === (b instanceof TupleValue) && a.value.length === b.value.length
            && a.value.every((item, i) => equal(item, b.value[i]));
    }
    if (a instanceof ObjectValue && b instanceof ObjectValue) {
        return a.value.size === b.value.size
            && [...a.value].every(entry => b.value.has(entry[0]) && equal(entry[1], b.value.get(entry[0])));
    }
    return a.type === b.type && a.value === b.value;
};

const compare = (a, b) => {
    if (isNumber(a) && isNumber(b)) {
        return Number(a.value) - Number(b.value);
    }
    if (a instanceof StringValue && b instanceof StringValue) {
        let left = Array.from(a.value, c => c.codePointAt(0));
        let right = Array.from(b.value, c => c.codePointAt(0));
        let i = left.findIndex((c, k) => c !== right[k]);
        return i < 0 ? left.length - right.length : i >= right.length ? 1 : left[i] - right[i];
    }
    return fail("cannot order " + kindOf(a) + " and " + kindOf(b));
};

const contains = (container, item) => {
    if (container instanceof StringValue) {
        return item instanceof StringValue ? container.value.includes(item.value)
            : fail("'in <string>' requires string as left operand, not " + kindOf(item));
    }
    return iterate(container).some(other => equal(other, item));
};

/** The items that a loop goes through. */
const iterate = value => {
    if (value instanceof ArrayValue) {
        return value.value;
    }
    if (value instanceof ObjectValue) {
        return Array.from(value.value.keys(), key => new StringValue(key));
    }
    if (value instanceof StringValue) {
        return Array.from(value.value, character => new StringValue(character));
    }
    return value instanceof UndefinedValue ? [] : fail("'" + kindOf(value) + "' object is not iterable");
};

const checked = text => text.length <= MAX_LENGTH ? new StringValue(text)
    : fail("a text has more than " + MAX_LENGTH + " characters");

const repeated = (text, count) => text.length * count > MAX_LENGTH
    ? fail("a text has more than " + MAX_LENGTH + " characters") : new StringValue(text.repeat(Math.max(0, count)));

/** Without the characters at its ends; none given means white space. */
const stripped = (text, characters, left, right) => {
    let set = characters instanceof StringValue
        ? characters.value.replace(/[\\\]\[^-]/g, "\\$&") : SPACE;
    if (set === "") {
        return new StringValue(text);
    }
    let start = left ? text.replace(new RegExp("^[" + set + "]+", "u"), "") : text;
    let end = start.length;
    // From the end, as a pattern that is anchored there takes quadratic time.
    let one = new RegExp("[" + set + "]", "u");
    while (right && end > 0) {
        let width = end > 1 && /[\udc00-\udfff]/.test(start[end - 1]) && /[\ud800-\udbff]/.test(start[end - 2]) ? 2 : 1;
        if (!one.test(start.slice(end - width, end))) {
            break;
        }
        end -= width;
    }
    return new StringValue(start.slice(0, end));
};

const LINE_END = "\\r\\n|[\\n\\r\\v\\f\\x1c-\\x1e\\x85\\u2028\\u2029]";

/** The lines of a text; the end of the last begins no other. */
const linesOf = text => text === "" ? []
    : text.replace(new RegExp("(" + LINE_END + ")$"), "").split(new RegExp(LINE_END));

const split = (text, separator, limit, fromRight) => {
    let count = limit === undefined || limit.value < 0 ? Infinity : limit.value;
    let parts;
    let glue = separator instanceof StringValue ? separator.value : "";
    if (separator instanceof StringValue) {
        parts = glue === "" ? fail("empty separator") : text.split(glue);
    } else if (count === Infinity) {
        parts = text.split(new RegExp("[" + SPACE + "]+")).filter(part => part !== "");
    } else {
        fail("split at white space with a limit is not supported");
    }
    if (parts.length - 1 > count) {
        parts = fromRight
            ? [parts.slice(0, parts.length - count).join(glue)].concat(count === 0 ? [] : parts.slice(-count))
            : parts.slice(0, count).concat(parts.slice(count).join(glue));
    }
    return new ArrayValue(parts.map(part => new StringValue(part)));
};

const replaced = (text, from, to, limit) => {
    if (!(from instanceof StringValue && to instanceof StringValue)) {
        fail("replace() takes two strings");
    }
    let pieces = from.value === "" ? fail("replace() of an empty text is not supported") : text.split(from.value);
    let count = limit instanceof IntegerValue && limit.value >= 0 ? Math.min(limit.value, pieces.length - 1)
        : pieces.length - 1;
    if (text.length + count * to.value.length > MAX_LENGTH) {
        fail("a text has more than " + MAX_LENGTH + " characters");
    }
    return new StringValue(pieces.slice(0, count + 1).join(to.value)
        + pieces.slice(count + 1).map(piece => from.value + piece).join(""));
};

const titled = text => text.replace(/\p{L}+/gu, word => {
    let first = String.fromCodePoint(word.codePointAt(0));
    return first.toUpperCase() + word.slice(first.length).toLowerCase();
});

const capitalized = text => {
    let first = text === "" ? "" : String.fromCodePoint(text.codePointAt(0));
    return first.toUpperCase() + text.slice(first.length).toLowerCase();
};

const affix = (text, given, test) =>
    new BooleanValue((given instanceof ArrayValue ? given.value : [given]).some(item =>
        item instanceof StringValue ? test(text, item.value) : fail("startswith() and endswith() take strings")));

const position = (text, index) => new IntegerValue(index < 0 ? -1 : Array.from(text.slice(0, index)).length);

const STRING_METHODS = {
    strip: (text, chars) => stripped(text, chars, true, true),
    lstrip: (text, chars) => stripped(text, chars, true, false),
    rstrip: (text, chars) => stripped(text, chars, false, true),
    split: (text, separator, limit) => split(text, separator, limit, false),
    rsplit: (text, separator, limit) => split(text, separator, limit, true),
    splitlines: text => new ArrayValue(linesOf(text).map(line => new StringValue(line))),
    replace: replaced,
    upper: text => new StringValue(text.toUpperCase()),
    lower: text => new StringValue(text.toLowerCase()),
    title: text => new StringValue(titled(text)),
    capitalize: text => new StringValue(capitalized(text)),
    startswith: (text, given) => affix(text, given, (all, part) => all.startsWith(part)),
    endswith: (text, given) => affix(text, given, (all, part) => all.endsWith(part)),
    find: (text, part) => position(text, text.indexOf(part.value)),
    rfind: (text, part) => position(text, text.lastIndexOf(part.value)),
    count: (text, part) => part.value === "" ? fail("count() of an empty text is not supported")
        : new IntegerValue(text.split(part.value).length - 1),
    removeprefix: (text, part) => new StringValue(text.startsWith(part.value) ? text.slice(part.value.length) : text),
    removesuffix: (text, part) => new StringValue(
        part.value !== "" && text.endsWith(part.value) ? text.slice(0, -part.value.length) : text),
    join: (text, items) => checked(iterate(items).map(item =>
        item instanceof StringValue ? item.value : fail("join() takes strings, got " + kindOf(item))).join(text)),
    isdigit: text => new BooleanValue(/^\p{Nd}+$/u.test(text)),
    isspace: text => new BooleanValue(new RegExp("^[" + SPACE + "]+$").test(text)),
};

const pairs = value => new ArrayValue(
    Array.from(value.value, entry => new TupleValue([new StringValue(entry[0]), entry[1]])));

const MAP_METHODS = {
    get: (map, key, other) => {
        let found = key instanceof StringValue ? map.value.get(key.value) : undefined;
        return found !== undefined ? found : other !== undefined ? other : new NullValue();
    },
    items: pairs,
    keys: map => map.keys(),
    values: map => map.values(),
    copy: map => new ObjectValue(new Map(map.value)),
};

const method = (name, known, self) => new FunctionValue(args =>
    args.some(arg => arg instanceof KeywordArgumentsValue)
        ? fail(name + "() with keyword arguments is not supported") : known.apply(null, [self].concat(args)));

const methodOf = (value, name) => {
    if (value instanceof StringValue && STRING_METHODS.hasOwnProperty(name)) {
        return method(name, STRING_METHODS[name], value.value);
    }
    return value instanceof ObjectValue && MAP_METHODS.hasOwnProperty(name)
        ? method(name, MAP_METHODS[name], value) : undefined;
};

const itemOf = (value, key) => {
    if (value instanceof ObjectValue || value instanceof NamespaceValue) {
        return key instanceof StringValue ? value.value.get(key.value) : undefined;
    }
    if (key instanceof IntegerValue && value instanceof ArrayValue) {
        return value.value.at(key.value);
    }
    if (key instanceof IntegerValue && value instanceof StringValue) {
        let character = Array.from(value.value).at(key.value);
        return character === undefined ? undefined : new StringValue(character);
    }
    return undefined;
};
