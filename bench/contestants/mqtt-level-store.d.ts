declare module 'mqtt-level-store' {
  import type { IStore } from 'mqtt';

  /** Opens the LevelDB database of a folder. */
  export default function manager(folder: string): { readonly incoming: IStore; readonly outgoing: IStore };
}
