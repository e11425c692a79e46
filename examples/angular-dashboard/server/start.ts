import { fileURLToPath } from 'node:url';
import { startBroker } from './broker.js';
import { simulation } from './devices.js';
import { startWeb } from './web.js';

const built = fileURLToPath(new URL('../dist/browser/', import.meta.url));

export interface Greenhouse {
  readonly url: string;
  close(): Promise<void>;
}

/** Broker, devices and application; on a free port with 0. */
export async function startGreenhouse(port: number): Promise<Greenhouse> {
  const broker = await startBroker();
  const devices = simulation(broker).subscribe();
  const web = await startWeb(built, broker, port);
  return {
    url: web.url,
    async close() {
      devices.unsubscribe();
      await web.close();
      await broker.close();
    },
  };
}
