/** There are no files to read outside Node. */
export const readFile: ((name: string, baseDir?: string) => string) | undefined = undefined;
