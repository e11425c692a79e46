import { Injectable, computed } from '@angular/core';
import { type Observable, map } from 'rxjs';
import { json, text } from 'rxjs-mqtt';
import { injectLatest, injectMqtt, injectTopic } from 'rxjs-mqtt/angular';
import { parseInfo, parseReply, parseTelemetry } from '../../../shared/device';
import type { Command, CommandReply, Device } from './device';
import { type Histories, record } from './history';

/** All devices, each made from three topics. */
@Injectable({ providedIn: 'root' })
export class Devices {
  readonly #client = injectMqtt();
  readonly #infos = injectLatest('devices/+id/info', { decode: json(parseInfo) });
  readonly #statuses = injectLatest('devices/+id/status', { decode: text });
  readonly #histories = injectTopic('devices/+id/telemetry', {
    decode: json(parseTelemetry),
    initialValue: new Map() as Histories,
    scan: (histories, { params, value }) => record(histories, params.id, value),
  });

  readonly #online = computed(
    () => new Set(this.#statuses().flatMap(({ params, value }) => (value === 'online' ? [params.id] : []))),
  );

  /** In the order of their names. */
  readonly all = computed(() =>
    this.#infos()
      .map(({ params: { id }, value }): Device => {
        const history = this.#histories().get(id) ?? [];
        return { ...value, id, online: this.#online().has(id), history, last: history.at(-1) };
      })
      .sort((a, b) => a.name.localeCompare(b.name)),
  );

  /** One subscription is one request. */
  command(id: string, command: Command): Observable<CommandReply> {
    return this.#client
      .request(`devices/${id}/command`, command, { encode: json(), decode: json(parseReply), timeout: 5000 })
      .pipe(map(({ value }) => value));
  }
}
