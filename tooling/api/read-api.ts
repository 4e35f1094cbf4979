import ts from 'typescript';

/** Where a package's declarations are. */
export interface ApiSource {
  readonly name: string;
  /** The folder that holds all declarations of the package: absolute. */
  readonly built: string;
  readonly entries: readonly { readonly specifier: string; readonly file: string }[];
}

export interface PackageApi {
  readonly name: string;
  /** By entry point: declarations without comments, sorted by name. */
  readonly entries: readonly { readonly specifier: string; readonly exported: readonly string[] }[];
  /** What the types of the exports speak of and no entry exports. */
  readonly hidden: readonly string[];
}

const printer = ts.createPrinter({ removeComments: true, newLine: ts.NewLineKind.LineFeed });

/** The public surface of packages, from their declarations. */
export function readApi(sources: readonly ApiSource[]): readonly PackageApi[] {
  const files = sources.flatMap(({ entries }) => entries.map(({ file }) => file));
  // Nothing is checked, names are followed: what JavaScript and Node declare is not needed.
  const program = ts.createProgram(files, { module: ts.ModuleKind.NodeNext, noLib: true, types: [] });
  return sources.map((source) => packageApi(program, source));
}

function packageApi(program: ts.Program, { name, built, entries }: ApiSource): PackageApi {
  const checker = program.getTypeChecker();
  const original = (symbol: ts.Symbol): ts.Symbol =>
    symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  const isOwn = (symbol: ts.Symbol): boolean =>
    symbol.declarations?.some((node) => node.getSourceFile().fileName.startsWith(`${built}/`)) ?? false;
  const exportsOf = (file: string): ts.Symbol[] => {
    const module = checker.getSymbolAtLocation(program.getSourceFile(file)!);
    return module ? checker.getExportsOfModule(module).sort((a, b) => compare(a.name, b.name)) : [];
  };

  const surface = entries.map(({ specifier, file }) => ({ specifier, symbols: exportsOf(file) }));
  const exported = surface.flatMap(({ symbols }) => symbols.map(original)).filter(isOwn);
  const known = new Set(exported);
  const hidden: ts.Symbol[] = [];
  const visit = (node: ts.Node): void => {
    const found = ts.isIdentifier(node) ? checker.getSymbolAtLocation(node) : undefined;
    const symbol = found && original(found);
    if (symbol && !known.has(symbol) && isOwn(symbol) && symbol.declarations!.every(isTopLevel)) {
      known.add(symbol);
      hidden.push(symbol);
      statementsOf(symbol).forEach(visit);
    }
    ts.forEachChild(node, visit);
  };
  for (const symbol of exported) statementsOf(symbol).forEach(visit);

  const describe = (symbol: ts.Symbol): string =>
    isOwn(original(symbol))
      ? statementsOf(original(symbol)).map(print).join('\n')
      : `export { ${symbol.name} } of another package`;
  return {
    name,
    entries: surface.map(({ specifier, symbols }) => ({ specifier, exported: symbols.map(describe) })),
    hidden: hidden.sort((a, b) => compare(a.name, b.name)).map(describe),
  };
}

/** What is declared by a file, not inside something else, as members and parameters are; nor a file itself, as a namespace. */
function isTopLevel(node: ts.Declaration): boolean {
  const statement = statementOf(node);
  return !ts.isSourceFile(statement) && ts.isSourceFile(statement.parent);
}

function statementsOf(symbol: ts.Symbol): ts.Node[] {
  return (symbol.declarations ?? []).map(statementOf);
}

function statementOf(node: ts.Declaration): ts.Node {
  return ts.isVariableDeclaration(node) ? node.parent.parent : node;
}

function print(node: ts.Node): string {
  return printer
    .printNode(ts.EmitHint.Unspecified, withoutPatterns(node), node.getSourceFile())
    .replace(/^(export )?(declare )?/, '')
    .replaceAll(/^( {4})+/gm, (indent) => ' '.repeat(indent.length / 2));
}

/** `{ a, b }: SomeOptions` as `options: SomeOptions`: what a function takes out of an object is its own affair. */
function withoutPatterns(node: ts.Node): ts.Node {
  const visit = (inner: ts.Node): ts.Node => {
    if (!ts.isParameter(inner) || ts.isIdentifier(inner.name))
      return ts.visitEachChild(inner, visit, undefined);
    const { modifiers, dotDotDotToken, questionToken, type } = inner;
    const name = parameterName(type);
    return ts.factory.updateParameterDeclaration(
      inner,
      modifiers,
      dotDotDotToken,
      name,
      questionToken,
      type,
      undefined,
    );
  };
  return visit(node);
}

function parameterName(type: ts.TypeNode | undefined): string {
  const name =
    type && ts.isTypeReferenceNode(type) && ts.isIdentifier(type.typeName) ? type.typeName.text : '';
  const isPlain = type !== undefined && ts.isTypeReferenceNode(type) && type.typeArguments === undefined;
  if (!isPlain || name === '' || name.endsWith('Options')) return 'options';
  return `${name[0]!.toLowerCase()}${name.slice(1)}`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
