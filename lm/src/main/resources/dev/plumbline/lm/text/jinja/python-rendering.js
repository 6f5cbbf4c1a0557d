/* How Jinja2 goes through a template where the library goes another way: filters, tests, operators, scopes. */

/** The arguments that a filter was called with, by name or else by place. */
const argumentsOf = (interpreter, node, environment) => {
    let given = node.type === "CallExpression" ? interpreter.evaluateArguments(node.args, environment) : [[], new Map()];
    let argument = (name, place) => given[1].has(name) ? given[1].get(name) : given[0][place];
    argument.positional = given[0];
    argument.named = given[1];
    return argument;
};

/** attribute="a.b.0" of filters. */
const attributeOf = (value, path) => (path instanceof IntegerValue ? [path] : path.value.split(".").map(part =>
    /^\d+$/.test(part) ? new IntegerValue(parseInt(part, 10)) : new StringValue(part)))
    .reduce((item, key) => itemOf(item, key) || undefinedName, value);

const testNamed = name => Environment.TESTS.get(name) || fail("no test is named " + name);

const sorted = (items, given, key) => {
    let fold = value => value instanceof StringValue && !truth(given("case_sensitive", 1))
        ? new StringValue(value.value.toLowerCase()) : value;
    let direction = truth(given("reverse", 0)) ? -1 : 1;
    return items.slice().sort((a, b) => direction * compare(fold(key(a)), fold(key(b))));
};

const chosen = (items, given, wanted, hasAttribute) => {
    let rest = given.positional.slice(hasAttribute ? 1 : 0);
    let test = rest.length === 0 ? truth : testNamed(rest[0].value);
    return new ArrayValue(items.filter(item => {
        let subject = hasAttribute ? attributeOf(item, given.positional[0]) : item;
        return test.apply(null, [subject].concat(rest.slice(1))) === wanted;
    }));
};

const indented = (text, given) => {
    let width = given("width", 0) || new IntegerValue(4);
    let indent = width instanceof StringValue ? width.value : " ".repeat(width.value);
    let lines = linesOf(text + "\n");
    return checked(lines.map((line, i) =>
        (i === 0 ? truth(given("first", 1)) : line !== "" || truth(given("blank", 2))) ? indent + line : line).join("\n"));
};

/** What map, select and their kin go through: they take nothing at all, None too, for no items. */
const itemsOf = value => truth(value) ? iterate(value) : [];

const lengthOf = value => value instanceof NullValue || isNumber(value) ? fail("a " + kindOf(value) + " has no length")
    : iterate(value).length;

const toInteger = (value, other) => {
    if (isNumber(value)) {
        return new IntegerValue(Math.trunc(Number(value.value)));
    }
    let text = value instanceof StringValue ? value.value.trim() : "";
    return /^[-+]?\d+(\.\d+)?$/.test(text) ? new IntegerValue(Math.trunc(parseFloat(text))) : other;
};

const toFloat = (value, other) => {
    if (isNumber(value)) {
        return new FloatValue(Number(value.value));
    }
    let text = value instanceof StringValue ? value.value.trim() : "";
    return /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text) ? new FloatValue(parseFloat(text)) : other;
};

const FILTERS = {
    abs: value => value instanceof FloatValue ? new FloatValue(Math.abs(value.value))
        : isNumber(value) ? new IntegerValue(Math.abs(Number(value.value))) : fail("abs takes a number"),
    capitalize: value => new StringValue(capitalized(str(value))),
    count: value => new IntegerValue(lengthOf(value)),
    default: (value, given) => value instanceof UndefinedValue || truth(given("boolean", 1)) && !truth(value)
        ? given("default_value", 0) || new StringValue("") : value,
    dictsort: (value, given) => new ArrayValue(sorted(pairs(value).value,
        (name, place) => given(name === "reverse" ? "reverse" : "case_sensitive", place === 0 ? 2 : 0),
        entry => entry.value[str(given("by", 1) || new StringValue("key")) === "value" ? 1 : 0])),
    escape: value => checked(str(value).replace(/[&<>'"]/g,
        c => ({"&": "&amp;", "<": "&lt;", ">": "&gt;", "'": "&#39;", '"': "&#34;"})[c])),
    first: value => iterate(value)[0] || undefinedName,
    float: (value, given) => toFloat(value, given("default", 0) || new FloatValue(0)),
    indent: (value, given) => indented(str(value), given),
    int: (value, given) => toInteger(value, given("default", 0) || new IntegerValue(0)),
    items: value => value instanceof UndefinedValue ? new ArrayValue([])
        : value instanceof ObjectValue ? pairs(value) : fail("items takes a mapping"),
    join: (value, given) => checked(iterate(value).map(item =>
        str(given("attribute", 1) ? attributeOf(item, given("attribute", 1)) : item)).join(str(given("d", 0) || undefinedName))),
    last: value => iterate(value).at(-1) || undefinedName,
    length: value => new IntegerValue(lengthOf(value)),
    list: value => new ArrayValue(iterate(value).slice()),
    lower: value => new StringValue(str(value).toLowerCase()),
    map: (value, given, apply) => new ArrayValue(itemsOf(value).map(item => {
        let attribute = given.named.get("attribute");
        if (attribute === undefined) {
            return apply(given.positional[0].value, item, given.positional.slice(1));
        }
        let found = attributeOf(item, attribute);
        return found instanceof UndefinedValue ? given.named.get("default") || found : found;
    })),
    reject: (value, given) => chosen(itemsOf(value), given, false, false),
    rejectattr: (value, given) => chosen(itemsOf(value), given, false, true),
    replace: (value, given) => replaced(str(value), given("old", 0), given("new", 1), given("count", 2)),
    reverse: value => value instanceof StringValue ? new StringValue(Array.from(value.value).reverse().join(""))
        : new ArrayValue(iterate(value).slice().reverse()),
    safe: value => new StringValue(str(value)),
    select: (value, given) => chosen(itemsOf(value), given, true, false),
    selectattr: (value, given) => chosen(itemsOf(value), given, true, true),
    sort: (value, given) => new ArrayValue(sorted(iterate(value), given,
        item => given("attribute", 2) ? attributeOf(item, given("attribute", 2)) : item)),
    string: value => new StringValue(str(value)),
    title: value => new StringValue(str(value).split(new RegExp("([-" + SPACE + "({\\[<]+)")).map(capitalized).join("")),
    tojson: tojson,
    trim: (value, given) => stripped(str(value), given("chars", 0), true, true),
    unique: value => new ArrayValue(iterate(value).filter((item, i, all) => all.findIndex(other =>
        equal(other, item) || item instanceof StringValue && other instanceof StringValue
            && item.value.toLowerCase() === other.value.toLowerCase()) === i)),
    upper: value => new StringValue(str(value).toUpperCase()),
};
FILTERS.d = FILTERS.default;
FILTERS.e = FILTERS.escape;

const isSequence = value => value instanceof StringValue || value instanceof ArrayValue || value instanceof ObjectValue
    || value instanceof UndefinedValue;

Object.entries({
    eq: equal,
    equalto: equal,
    "==": equal,
    ne: (a, b) => !equal(a, b),
    "!=": (a, b) => !equal(a, b),
    in: (a, b) => contains(b, a),
    number: isNumber,
    float: value => value instanceof FloatValue,
    iterable: isSequence,
    sequence: isSequence,
    mapping: value => value instanceof ObjectValue,
}).forEach(entry => Environment.TESTS.set(entry[0], entry[1]));

const ARITHMETIC = {
    "+": (a, b) => a + b,
    "-": (a, b) => a - b,
    "*": (a, b) => a * b,
    "//": (a, b) => b === 0 ? fail("division by zero") : Math.floor(a / b),
    "%": (a, b) => b === 0 ? fail("division by zero") : a - b * Math.floor(a / b),
};

const integer = number => Number.isSafeInteger(number) ? new IntegerValue(number)
    : fail("an integer is beyond 2^53, got " + number);

const combine = (operator, a, b) => {
    switch (operator) {
        case "==":
            return new BooleanValue(equal(a, b));
        case "!=":
            return new BooleanValue(!equal(a, b));
        case "in":
            return new BooleanValue(contains(b, a));
        case "not in":
            return new BooleanValue(!contains(b, a));
        case "~":
            return checked(str(a) + str(b));
        case "<":
            return new BooleanValue(compare(a, b) < 0);
        case "<=":
            return new BooleanValue(compare(a, b) <= 0);
        case ">":
            return new BooleanValue(compare(a, b) > 0);
        case ">=":
            return new BooleanValue(compare(a, b) >= 0);
    }
    if (operator === "+" && a instanceof StringValue && b instanceof StringValue) {
        return checked(a.value + b.value);
    }
    if (operator === "+" && a instanceof ArrayValue && a.type === b.type && a.value.length < MAX_RANGE) {
        return new a.constructor(a.value.concat(b.value));
    }
    if (operator === "*" && a instanceof StringValue && b instanceof IntegerValue) {
        return repeated(a.value, b.value);
    }
    if (isNumber(a) && isNumber(b)) {
        let x = Number(a.value);
        let y = Number(b.value);
        if (operator === "/") {
            return y === 0 ? fail("division by zero") : new FloatValue(x / y);
        }
        if (ARITHMETIC.hasOwnProperty(operator)) {
            let result = ARITHMETIC[operator](x, y);
            return a instanceof FloatValue || b instanceof FloatValue ? new FloatValue(result) : integer(result);
        }
    }
    return fail("'" + operator + "' takes no " + kindOf(a) + " and " + kindOf(b));
};

const correct = Interpreter.prototype;
const evaluateBinary = correct.evaluateBinaryExpression;

correct.evaluateBinaryExpression = function(node, environment) {
    let operator = node.operator.value;
    if (operator === "and" || operator === "or" || operator === "**") {
        return evaluateBinary.call(this, node, environment);
    }
    return combine(operator, this.evaluate(node.left, environment), this.evaluate(node.right, environment));
};

/** Jinja2 prints what an expression gives, None too; statements print only what is in them. */
correct.evaluateBlock = function(statements, environment) {
    let text = "";
    for (let statement of statements) {
        try {
            let value = this.evaluate(statement, environment);
            if (statement.type !== "Set" && statement.type !== "Macro" && statement.type !== "Comment") {
                text += str(value);
            }
        } catch (e) {
            if (e instanceof BreakControl || e instanceof ContinueControl) {
                // What was printed before the jump stays printed.
                e.printed = text + (e.printed || "");
            }
            throw e;
        }
        if (text.length > MAX_LENGTH) {
            fail("the text has more than " + MAX_LENGTH + " characters");
        }
    }
    return new StringValue(text);
};

const bind = (target, value, scope) => {
    if (target.type === "Identifier") {
        scope.setVariable(target.value, value);
        return;
    }
    let values = iterate(value);
    if (values.length !== target.value.length) {
        fail("too " + (values.length < target.value.length ? "few" : "many") + " values to unpack");
    }
    target.value.forEach((name, i) => bind(name, values[i], scope));
};

const loopOf = (items, i, depth, state) => new ObjectValue(new Map([
    ["index", new IntegerValue(i + 1)],
    ["index0", new IntegerValue(i)],
    ["revindex", new IntegerValue(items.length - i)],
    ["revindex0", new IntegerValue(items.length - i - 1)],
    ["first", new BooleanValue(i === 0)],
    ["last", new BooleanValue(i === items.length - 1)],
    ["length", new IntegerValue(items.length)],
    ["depth", new IntegerValue(depth + 1)],
    ["depth0", new IntegerValue(depth)],
    ["previtem", i > 0 ? items[i - 1] : undefinedName],
    ["nextitem", i < items.length - 1 ? items[i + 1] : undefinedName],
    ["cycle", new FunctionValue(args => args[i % args.length])],
    ["changed", new FunctionValue(args => {
        let same = state.seen !== undefined && equal(state.seen, new ArrayValue(args));
        state.seen = new ArrayValue(args);
        return new BooleanValue(!same);
    })],
]));

/** Each round has a scope of its own: what it sets, the next round does not see. */
correct.evaluateFor = function(node, environment) {
    let filtered = node.iterable.type === "SelectExpression";
    let scopeOf = item => {
        let scope = new Environment(environment);
        bind(node.loopvar, item, scope);
        return scope;
    };
    let all = iterate(this.evaluate(filtered ? node.iterable.lhs : node.iterable, environment));
    let items = filtered ? all.filter(item => truth(this.evaluate(node.iterable.test, scopeOf(item)))) : all;
    if (items.length === 0) {
        return this.evaluateBlock(node.defaultBlock, new Environment(environment));
    }
    let state = {};
    let text = "";
    for (let i = 0; i < items.length; i++) {
        let scope = scopeOf(items[i]);
        scope.setVariable("loop", loopOf(items, i, 0, state));
        try {
            text += this.evaluateBlock(node.body, scope).value;
        } catch (e) {
            if (!(e instanceof BreakControl || e instanceof ContinueControl)) {
                throw e;
            }
            text += e.printed || "";
            if (e instanceof BreakControl) {
                break;
            }
        }
    }
    return checked(text);
};

/** A macro sees the names from where it is defined, and not those from where it is called. */
correct.evaluateMacro = function(node, environment) {
    let special = findAccessedSpecialMacroArguments(node.args, node.body);
    environment.setVariable(node.name.value, new FunctionValue((args, caller) => {
        let scope = new Environment(environment);
        if (caller && caller.variables.has("caller")) {
            scope.setVariable("caller", caller.variables.get("caller"));
        }
        this.bindMacroArguments("'" + node.name.value + "'", node.args, special, args, scope);
        return this.evaluateBlock(node.body, scope);
    }));
    return new NullValue();
};

/** a.b is the attribute before the item, a['b'] the item before the attribute. */
correct.evaluateMemberExpression = function(expression, environment) {
    let value = this.evaluate(expression.object, environment);
    if (value instanceof UndefinedValue) {
        let name = expression.object.type === "Identifier" ? expression.object.value : "a value";
        fail(name + " is undefined, so nothing can be taken from it");
    }
    if (expression.computed) {
        if (expression.property.type === "SliceExpression") {
            return this.evaluateSliceExpression(value, expression.property, environment);
        }
        let key = this.evaluate(expression.property, environment);
        return itemOf(value, key) || key instanceof StringValue && methodOf(value, key.value) || undefinedName;
    }
    let key = expression.property.type === "IntegerLiteral"
        ? new IntegerValue(expression.property.value) : new StringValue(expression.property.value);
    return methodOf(value, key.value) || itemOf(value, key) || undefinedName;
};

correct.applyFilter = function(operand, node, environment) {
    let name = node.type === "CallExpression" ? node.callee.value : node.value;
    let apply = (other, item, positional) => {
        let given = (argument, place) => positional[place];
        given.positional = positional;
        given.named = new Map();
        return FILTERS.hasOwnProperty(other) ? FILTERS[other](item, given, apply) : fail("no filter is named " + other);
    };
    if (!FILTERS.hasOwnProperty(name)) {
        fail("no filter is named " + name);
    }
    return FILTERS[name](operand, argumentsOf(this, node, environment), apply);
};

const range = (start, stop, step) => {
    let from = stop === undefined ? 0 : start.value;
    let to = stop === undefined ? start.value : stop.value;
    let by = step === undefined ? 1 : step.value;
    let size = by === 0 ? fail("range() step must not be zero") : Math.max(0, Math.ceil((to - from) / by));
    if (size > MAX_RANGE) {
        fail("a range has more than " + MAX_RANGE + " numbers, got " + size);
    }
    return new ArrayValue(Array.from({length: size}, (unused, i) => new IntegerValue(from + i * by)));
};

/** Values as the caller writes them: objects as {map: [[key, value]…]}, which keeps their order, floats as {float}. */
const valueOf = input => {
    if (Array.isArray(input)) {
        return new ArrayValue(input.map(valueOf));
    }
    if (input !== null && typeof input === "object") {
        return input.map === undefined ? new FloatValue(input.float)
            : new ObjectValue(new Map(input.map.map(entry => [entry[0], valueOf(entry[1])])));
    }
    return convertToRuntimeValues(input);
};

const OPERATORS = ["if", "else", "and", "or", "not", "in", "is"];

/** The lexer reads 1e5 and 1_000 as two tokens, and the parser passes over a comma that is missing in a list. */
const parsed = source => {
    let tokens = tokenize(source.replace(/\r\n?/g, "\n"), {lstrip_blocks: true, trim_blocks: true});
    tokens.forEach((token, i) => {
        let next = tokens[i + 1];
        if (token.type === "NumericLiteral" && next && next.type === "Identifier" && !OPERATORS.includes(next.value)) {
            fail("'" + token.value + next.value + "' is not supported");
        }
    });
    return parse(tokens);
};

/** Parses the template and gives the function that renders variables with it; now(format) is the time as a text. */
const templateOf = (source, now) => {
    let program = parsed(source);
    let globals = new Map(Object.entries({true: true, True: true, false: false, False: false, none: null, None: null})
        .map(entry => [entry[0], convertToRuntimeValues(entry[1])]));
    globals.set("range", new FunctionValue(args => range.apply(null, args)));
    globals.set("raise_exception", new FunctionValue(args => {
        let error = new Error(str(args[0]));
        error.raised = true;
        throw error;
    }));
    globals.set("strftime_now", new FunctionValue(args => new StringValue(String(now(str(args[0]))))));
    globals.set("dict", new FunctionValue(args => new ObjectValue(new Map(
        args.length === 1 ? args[0].value : args.length === 0 ? [] : fail("dict() takes named values or one mapping")))));
    return json => {
        let environment = new Environment();
        globals.forEach((value, name) => environment.setVariable(name, value));
        valueOf(JSON.parse(json)).value.forEach((value, name) => environment.setVariable(name, value));
        return new Interpreter(environment).run(program).value;
    };
};
