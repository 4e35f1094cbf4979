/** What a card's header holds. */
export type YamlValue = string | number | readonly YamlValue[] | YamlMap;

export interface YamlMap {
  readonly [key: string]: YamlValue;
}

/** A map as block-style YAML. Strings that are no plain words are written as JSON, which is valid YAML; empty lists are left out. */
export function yamlBlock(map: YamlMap, indent = ''): string {
  return Object.entries(map)
    .filter(([, value]) => !Array.isArray(value) || value.length > 0)
    .map(([key, value]) => {
      if (!isNested(value)) return `${indent}${key}: ${scalar(value)}\n`;
      return `${indent}${key}:\n${isList(value) ? list(value, indent) : yamlBlock(value, `${indent}  `)}`;
    })
    .join('');
}

function list(items: readonly YamlValue[], indent: string): string {
  return items
    .map((item) => {
      if (!isNested(item)) return `${indent}- ${scalar(item)}\n`;
      const block = isList(item) ? list(item, `${indent}  `) : yamlBlock(item, `${indent}  `);
      return `${indent}- ${block.slice(indent.length + 2)}`;
    })
    .join('');
}

function isNested(value: YamlValue): value is readonly YamlValue[] | YamlMap {
  return typeof value === 'object';
}

function isList(value: readonly YamlValue[] | YamlMap): value is readonly YamlValue[] {
  return Array.isArray(value);
}

/** A plain scalar must not look like a number, a truth value or null, nor hold any character that means something. */
function scalar(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const plain =
    /^[A-Za-z][A-Za-z0-9_./-]*$/.test(value) && !/^(?:true|false|yes|no|on|off|null|y|n)$/i.test(value);
  return plain ? value : JSON.stringify(value);
}
