/** A list of module names (`q_proj`, whole names too), or a regular expression that a whole name must match. */
export type ModuleSelector = string | readonly string[];

/** A number by module: the key is a regular expression that the end of a name must match from a dot on. */
export type ModulePattern = Readonly<Record<string, number>>;

/** The settings of a LoRA adapter, by PEFT's names and meanings. */
export interface AdapterSettings {
  readonly r: number;
  readonly loraAlpha: number;
  readonly loraDropout: number;
  /** Suffixes (`q_proj`), a regular expression, or `all-linear`: every linear layer but the output layer. */
  readonly targetModules: ModuleSelector;
  /** Taken out of what `targetModules` selects. */
  readonly excludeModules?: ModuleSelector | undefined;
  /** Numbers of the decoder layers that take part; all without it. Only with a list of targets. */
  readonly layersToTransform?: readonly number[] | undefined;
  /** Name of the list of layers that the numbers count, where it is not the first one of the name. */
  readonly layersPattern?: readonly string[] | undefined;
  /** Ranks and alphas that differ from `r` and `loraAlpha`; of several keys that match, the first one counts. */
  readonly rankPattern?: ModulePattern | undefined;
  readonly alphaPattern?: ModulePattern | undefined;
  /** Ends of the names of modules that are trained in full beside the adapter: `lm_head`, `embed_tokens`, `norm`. */
  readonly modulesToSave?: readonly string[] | undefined;
  /** Scale by α/√r instead of α/r (Kalajdzievski 2023). */
  readonly useRslora: boolean;
  /** Train the length of every row apart from its direction (DoRA, Liu et al. 2024). */
  readonly useDora?: boolean | undefined;
}

export interface AdapterFolderConfig extends AdapterSettings {
  readonly baseModelNameOrPath: string | undefined;
}
