import type { MqttClient, MqttOptions, ProtocolVersion, QoS } from '../../src/index.js';

/** A broker as a check meets it: by one transport, in one version. */
export interface Bench {
  readonly version: ProtocolVersion;
  /** What the broker is known to grant where a QoS is asked for. */
  granted(asked: QoS): QoS;
  /** A client of this check, closed after it. */
  client(options?: MqttOptions): MqttClient;
  /** One whose wire `cut()` can cut. */
  cuttable(options?: MqttOptions): MqttClient;
  cut(): void;
  /** A topic, or client id, that no other check uses. */
  unique(): string;
}
