import { findMosquitto, startMosquitto } from '../mosquitto.js';
import { loopback } from '../ports.js';
import type { BrokerKind } from './broker.js';
import { freePorts } from './program.js';

export const mosquitto: BrokerKind = {
  name: 'mosquitto',
  missing: 'mosquitto is not installed: see scripts/install-debian-packages.sh',
  isInstalled: () => findMosquitto() !== undefined,
  async start() {
    const [ws] = (await freePorts(1)) as [number];
    const { port, log, stop } = await startMosquitto({
      config: [`listener ${ws} ${loopback}`, 'protocol websockets'],
    });
    return { tcp: port, ws, log, stop };
  },
};
