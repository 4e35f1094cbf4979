import { BezoarError } from '@bezoar/core';

/** Python reads these in another way than JavaScript, without an error: \A and \Z are anchors there, {,3} is a count. */
const readDifferently = /\\[AZ]|\{,\d/;

/**
 * A pattern of a PEFT setting, which Python's `re` is to read, as a JavaScript expression over the whole text.
 * Throws BezoarError BAD_CONFIG for what the two do not have in common.
 */
export function wholeName(pattern: string, setting: string): RegExp {
  return compile(`^(?:${pattern})$`, pattern, setting);
}

/** The same for a pattern that the end of a name must match, from its start or from a dot on. */
export function endOfName(pattern: string, setting: string): RegExp {
  return compile(`^(?:.*\\.)?(?:${pattern})$`, pattern, setting);
}

/** The same for the name of a list of layers: its last group is the number that follows. */
export function layerNumber(pattern: string, setting: string): RegExp {
  return compile(`^(?:.*?\\.)??(?:${pattern})\\.(\\d+)\\.`, pattern, setting);
}

function compile(source: string, pattern: string, setting: string): RegExp {
  try {
    if (readDifferently.test(pattern)) throw new SyntaxError('\\A, \\Z and {,n} are Python only');
    return new RegExp(source);
  } catch (cause) {
    throw new BezoarError(
      'BAD_CONFIG',
      `${setting}: ${pattern} cannot be read: ${(cause as Error).message}.`,
      {
        advice: 'Use what Python and JavaScript expressions have in common, or list the names.',
        cause,
      },
    );
  }
}
