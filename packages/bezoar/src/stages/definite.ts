type Definite<Type> = { [Key in keyof Type]: Exclude<Type[Key], undefined> };

/** The same object without the keys whose value is undefined: what `exactOptionalPropertyTypes` asks for. */
export function definite<Type extends object>(value: Type): Definite<Type> {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as Definite<Type>;
}
