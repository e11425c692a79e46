/** Undefined, because there are no files outside Node. */
export const readFile: ((name: string, baseDir?: string) => string) | undefined = undefined;
