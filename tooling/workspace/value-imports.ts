import ts from 'typescript';

/**
 * The module names that a source needs when it runs: imports and re-exports that are not of types alone.
 * Under `verbatimModuleSyntax` these are exactly the statements that stay in the JavaScript.
 */
export function valueImports(code: string): readonly string[] {
  const source = ts.createSourceFile('source.ts', code, ts.ScriptTarget.ES2023);
  return source.statements.flatMap((statement) => {
    if (ts.isImportDeclaration(statement)) {
      return statement.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword
        ? []
        : specifier(statement.moduleSpecifier);
    }
    if (ts.isExportDeclaration(statement) && statement.moduleSpecifier && !statement.isTypeOnly) {
      return specifier(statement.moduleSpecifier);
    }
    return [];
  });
}

function specifier(node: ts.Expression): string[] {
  return ts.isStringLiteral(node) ? [node.text] : [];
}
