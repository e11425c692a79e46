import type { DeviceInfo, Telemetry } from '../../../shared/device';

export type { Command, CommandReply } from '../../../shared/device';

/** A device as the dashboard knows it. */
export interface Device extends DeviceInfo {
  readonly id: string;
  /** As its will and its own word say. */
  readonly online: boolean;
  /** The last two minutes of what it said, oldest first. */
  readonly history: readonly Telemetry[];
  readonly last: Telemetry | undefined;
}
