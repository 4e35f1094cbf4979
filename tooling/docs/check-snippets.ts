import { dirname } from 'node:path';
import ts from 'typescript';
import type { MarkdownDocument } from './read-documents.ts';
import { readSnippets } from './read-snippets.ts';

/** A snippet may use what the text around it speaks of: names that it does not declare, and files of the reader. */
const undeclaredName = new Set([2304, 2552, 18004]);
const cannotFindModule = 2307;

/** Type-checks every TypeScript block against the packages' sources. One line per problem, `path:line: message`. */
export function checkSnippets(documents: readonly MarkdownDocument[], baseConfig: string): readonly string[] {
  const places = new Map<string, { readonly path: string; readonly line: number; readonly code: string }>();
  for (const { path, markdown } of documents) {
    for (const [index, { line, code }] of readSnippets(markdown).entries()) {
      places.set(`${path}.${index}.ts`, { path, line, code: `${code}\nexport {};\n` });
    }
  }

  const program = ts.createProgram([...places.keys()], compilerOptions(baseConfig), hostWith(places));
  return [...places].flatMap(([file, place]) => {
    const source = program.getSourceFile(file)!;
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)]
      .filter((problem) => !isAboutItsContext(problem))
      .map((problem) => {
        const line = place.line + source.getLineAndCharacterOfPosition(problem.start ?? 0).line;
        return `${place.path}:${line}: ${ts.flattenDiagnosticMessageText(problem.messageText, ' ')}`;
      });
  });
}

function isAboutItsContext({ code, messageText }: ts.Diagnostic): boolean {
  if (code === cannotFindModule) return ts.flattenDiagnosticMessageText(messageText, ' ').includes("'./");
  return undeclaredName.has(code);
}

function compilerOptions(baseConfig: string): ts.CompilerOptions {
  const { config } = ts.readConfigFile(baseConfig, (path) => ts.sys.readFile(path)) as { config: unknown };
  const { options } = ts.parseJsonConfigFileContent(
    config,
    { ...ts.sys, readDirectory: () => [] },
    dirname(baseConfig),
  );
  return {
    ...options,
    composite: false,
    declaration: false,
    declarationMap: false,
    isolatedDeclarations: false,
    noEmit: true,
    noUnusedLocals: false,
  };
}

/** The file system, with the snippets as if they lay beside their documents. */
function hostWith(snippets: ReadonlyMap<string, { readonly code: string }>): ts.CompilerHost {
  const host = ts.createCompilerHost({});
  return {
    ...host,
    fileExists: (path) => snippets.has(path) || host.fileExists(path),
    readFile: (path) => snippets.get(path)?.code ?? host.readFile(path),
    getSourceFile: (path, options, ...rest) => {
      const snippet = snippets.get(path);
      return snippet
        ? ts.createSourceFile(path, snippet.code, options)
        : host.getSourceFile(path, options, ...rest);
    },
  };
}
