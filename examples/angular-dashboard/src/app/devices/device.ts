import type { DeviceInfo, Telemetry } from '../../../shared/device';

export type { Command, CommandReply } from '../../../shared/device';

/** A device as the dashboard knows it. */
export interface Device extends DeviceInfo {
  readonly id: string;
  /** From its will and its retained messages. */
  readonly online: boolean;
  /** Its readings of the last two minutes, oldest first. */
  readonly history: readonly Telemetry[];
  readonly last: Telemetry | undefined;
}
