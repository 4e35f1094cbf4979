import { ReflectionKind, type ProjectReflection } from 'typedoc';

/** Exported functions, classes and values without a docstring, by module. The fields of types speak for themselves. */
export function undocumentedExports(project: ProjectReflection): readonly string[] {
  return (project.children ?? []).flatMap((module) =>
    (module.children ?? [])
      .filter((each) => each.kindOf([ReflectionKind.Function, ReflectionKind.Class, ReflectionKind.Variable]))
      .filter(
        (each) => !each.hasComment() && !(each.signatures ?? []).some((signature) => signature.hasComment()),
      )
      .map(({ name }) => `${module.name}: ${name}`),
  );
}
