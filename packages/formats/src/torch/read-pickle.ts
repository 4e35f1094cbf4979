import { BezoarError } from '@bezoar/core';

/** A class or function that a pickle names. It is a name here and never called. */
export interface PickleGlobal {
  readonly kind: 'global';
  readonly name: string;
}

/** What REDUCE would have called: the name and its arguments. */
export interface PickleCall {
  readonly kind: 'call';
  readonly name: string;
  readonly args: readonly unknown[];
  /** Items set on the result (an OrderedDict's). */
  readonly items: Map<unknown, unknown>;
}

/** What BINPERSID refers to: for torch, a storage. */
export interface PicklePersistent {
  readonly kind: 'persistent';
  readonly id: unknown;
}

const allowed = new Set([
  'collections OrderedDict',
  'torch._utils _rebuild_tensor_v2',
  'torch._utils _rebuild_parameter',
  'torch Size',
  ...['Float', 'Half', 'BFloat16', 'Double', 'Long', 'Int', 'Short', 'Char', 'Byte', 'Bool'].map(
    (type) => `torch ${type}Storage`,
  ),
]);

const mark: unique symbol = Symbol('mark');

/**
 * A pickle machine that can build lists, dicts, tuples, numbers and strings, and records of the few torch classes above.
 * Nothing is ever imported or called: any other class and any other opcode is refused by name.
 * Throws BezoarError UNSUPPORTED, or BAD_FILE for a pickle that is cut off.
 */
export function readPickle(bytes: Uint8Array, what: string): unknown {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const stack: unknown[] = [];
  const memo = new Map<number, unknown>();
  let at = 0;

  const need = (count: number): number => {
    if (at + count > bytes.length) throw cutOff(what);
    at += count;
    return at - count;
  };
  const text = (length: number): string => {
    const start = need(length);
    return new TextDecoder().decode(bytes.subarray(start, start + length));
  };
  const line = (): string => {
    const end = bytes.indexOf(10, at);
    if (end < 0) throw cutOff(what);
    const start = at;
    at = end + 1;
    return new TextDecoder().decode(bytes.subarray(start, end));
  };
  const pop = (): unknown => {
    if (stack.length === 0) throw cutOff(what);
    return stack.pop();
  };
  const popToMark = (): unknown[] => {
    const from = stack.lastIndexOf(mark);
    if (from < 0) throw cutOff(what);
    const items = stack.splice(from);
    return items.slice(1);
  };
  const setItems = (target: unknown, items: readonly unknown[]): void => {
    const map = target instanceof Map ? (target as Map<unknown, unknown>) : (target as PickleCall).items;
    for (let i = 0; i + 1 < items.length; i += 2) map.set(items[i], items[i + 1]);
  };

  for (;;) {
    const opcode = String.fromCharCode(bytes[need(1)]!);
    switch (opcode) {
      case '\x80': // PROTO
        need(1);
        break;
      case '}':
        stack.push(new Map());
        break;
      case ']':
        stack.push([]);
        break;
      case ')':
        stack.push([]);
        break;
      case '(':
        stack.push(mark);
        break;
      case 'q': // BINPUT
        memo.set(bytes[need(1)]!, stack.at(-1));
        break;
      case 'r': // LONG_BINPUT
        memo.set(view.getUint32(need(4), true), stack.at(-1));
        break;
      case 'h': // BINGET
        stack.push(memo.get(bytes[need(1)]!));
        break;
      case 'j': // LONG_BINGET
        stack.push(memo.get(view.getUint32(need(4), true)));
        break;
      case 'X': // BINUNICODE
        stack.push(text(view.getUint32(need(4), true)));
        break;
      case 'c': {
        const name = `${line()} ${line()}`;
        if (!allowed.has(name)) {
          throw new BezoarError(
            'UNSUPPORTED',
            `${what} names ${name.replace(' ', '.')}, which is not a plain weight.`,
            {
              advice: 'Only tensors are read; use a checkpoint saved with state_dict(), or safetensors.',
            },
          );
        }
        stack.push({ kind: 'global', name } satisfies PickleGlobal);
        break;
      }
      case 'J': // BININT
        stack.push(view.getInt32(need(4), true));
        break;
      case 'K': // BININT1
        stack.push(bytes[need(1)]!);
        break;
      case 'M': // BININT2
        stack.push(view.getUint16(need(2), true));
        break;
      case '\x8a': // LONG1
        stack.push(readLong(bytes, { start: need(bytes[need(1)]!), end: at }));
        break;
      case 'G': // BINFLOAT
        stack.push(view.getFloat64(need(8), false));
        break;
      case 't':
        stack.push(popToMark());
        break;
      case '\x85':
        stack.push([pop()]);
        break;
      case '\x86':
        stack.push([pop(), pop()].reverse());
        break;
      case '\x87':
        stack.push([pop(), pop(), pop()].reverse());
        break;
      case 'Q': // BINPERSID
        stack.push({ kind: 'persistent', id: pop() } satisfies PicklePersistent);
        break;
      case '\x88':
        stack.push(true);
        break;
      case '\x89':
        stack.push(false);
        break;
      case 'N':
        stack.push(null);
        break;
      case 'R': {
        const args = pop() as unknown[];
        const { name } = pop() as PickleGlobal;
        stack.push({ kind: 'call', name, args, items: new Map() } satisfies PickleCall);
        break;
      }
      case 'b': // BUILD: attributes of an OrderedDict (its _metadata) are of no interest.
        pop();
        break;
      case 's': {
        const [value, key] = [pop(), pop()];
        setItems(stack.at(-1), [key, value]);
        break;
      }
      case 'u': {
        const items = popToMark();
        setItems(stack.at(-1), items);
        break;
      }
      case 'a': {
        const item = pop();
        (stack.at(-1) as unknown[]).push(item);
        break;
      }
      case 'e': {
        const items = popToMark();
        (stack.at(-1) as unknown[]).push(...items);
        break;
      }
      case '.':
        return pop();
      default:
        throw new BezoarError(
          'UNSUPPORTED',
          `${what} uses the pickle opcode 0x${opcode.charCodeAt(0).toString(16)}, which weights do not need.`,
          {
            advice: 'Use safetensors.',
          },
        );
    }
  }
}

/** Little-endian two's complement. */
function readLong(
  bytes: Uint8Array,
  { start, end }: { readonly start: number; readonly end: number },
): number {
  let value = 0n;
  for (let i = end - 1; i >= start; i--) value = (value << 8n) | BigInt(bytes[i]!);
  return Number(BigInt.asIntN(8 * (end - start), value));
}

function cutOff(what: string): BezoarError {
  return new BezoarError('BAD_FILE', `${what} is cut off.`, { advice: 'Download it again.' });
}
