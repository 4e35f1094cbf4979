import { BezoarError } from '@bezoar/core';
import * as jinja from '@huggingface/jinja';
import { pythonText } from './python-literal.ts';

/** A row's field, rendered: the value of an expression alone (`{{choices.text}}`), else text. */
export type JinjaField = (row: Readonly<Record<string, unknown>>) => unknown;

/** What the library's values look like from outside. */
interface RuntimeValue {
  readonly type: string;
  readonly value: unknown;
  readonly builtins: Map<string, RuntimeValue>;
}

interface Environment {
  set(name: string, value: unknown): RuntimeValue;
}

interface Statement {
  readonly type: string;
}

/** The parts of the library's interpreter that are used here: its own types of them cannot be resolved under Node's rules. */
interface Engine {
  readonly Environment: new () => Environment;
  readonly Interpreter: new () => { evaluate(statement: Statement, environment: Environment): RuntimeValue };
  tokenize(source: string): unknown;
  parse(tokens: unknown): { readonly body: readonly Statement[] };
}

const engine = jinja as unknown as Engine;

const constants = { true: true, false: false, none: null, True: true, False: false, None: null };

/**
 * A template as the harness reads it: Jinja2's own white space rules, line breaks at the end kept, an undefined name is an error,
 * values printed as Python prints them. Throws BezoarError BAD_CONFIG that names `what` for a template that cannot be read.
 */
export function createJinjaField(source: string, what: string): JinjaField {
  const program = parseTemplate(source, what);
  const [only, ...more] = program.body;
  return (row) => {
    const environment = new engine.Environment();
    for (const [name, value] of Object.entries({ ...constants, ...row })) {
      addListMethods(environment.set(name, value));
    }
    const interpreter = new engine.Interpreter();
    const values = program.body.map((statement) => {
      const value = interpreter.evaluate(statement, environment);
      // Blocks are values of no type or of text; an expression that is undefined has found no name.
      if (value.type === 'UndefinedValue') throw new Error(`${what} uses a name that the row does not have`);
      return value;
    });
    if (only !== undefined && more.length === 0) return toValue(values[0]!);
    return values
      .map((value, index) => (isSilent(program.body[index]!.type) ? '' : pythonText(toValue(value))))
      .join('');
  };
}

function parseTemplate(source: string, what: string): ReturnType<Engine['parse']> {
  try {
    // The reader drops one line break at the end; Jinja2 as the harness sets it up keeps all.
    return engine.parse(engine.tokenize(source.endsWith('\n') ? `${source}\n` : source));
  } catch (cause) {
    throw new BezoarError('BAD_CONFIG', `${what} is no Jinja template: ${(cause as Error).message}.`, {
      advice: 'Correct the template.',
      cause,
    });
  }
}

/** Statements that print nothing. */
function isSilent(type: string): boolean {
  return type === 'Set' || type === 'Macro' || type === 'Comment';
}

/** Python's `list.index`, which the library does not have. */
function addListMethods(value: RuntimeValue): void {
  if (value.value instanceof Map) {
    for (const inner of value.value.values()) addListMethods(inner as RuntimeValue);
  }
  if (!Array.isArray(value.value)) return;
  const items = value.value as RuntimeValue[];
  for (const item of items) addListMethods(item);
  const index = (wanted: unknown): number => {
    const found = items.findIndex((item) => item.value === wanted);
    if (found >= 0) return found;
    throw new Error(`${pythonText(wanted)} is not in the list`);
  };
  value.builtins.set('index', new engine.Environment().set('index', index));
}

function toValue({ type, value }: RuntimeValue): unknown {
  if (type === 'NullValue') return null;
  if (Array.isArray(value)) return (value as RuntimeValue[]).map(toValue);
  if (value instanceof Map) {
    return Object.fromEntries(
      Array.from(value as Map<string, RuntimeValue>, ([key, each]) => [key, toValue(each)]),
    );
  }
  return value;
}
