import {
  Body,
  Controller,
  Get,
  HttpCode,
  Inject,
  type MessageEvent,
  NotFoundException,
  Param,
  Post,
  ServiceUnavailableException,
  Sse,
} from '@nestjs/common';
import { type Observable, catchError, map } from 'rxjs';
import { type MqttClientProxy, MqttError, json, mqttHealth } from './library.js';
import type { Reading } from './meters.controller.js';

/** The HTTP gateway: it knows the meters only by MQTT. */
@Controller()
export class GatewayController {
  constructor(@Inject('MQTT') private readonly mqtt: MqttClientProxy) {}

  @Get('meters/:id')
  latest(@Param('id') id: string): Observable<Reading> {
    return this.mqtt.send<Reading>('meters/latest', id).pipe(
      catchError((error: unknown) => {
        // an error of the client, not of the service: a timeout, or nobody answers
        if (MqttError.is(error)) throw new ServiceUnavailableException(error.message);
        throw new NotFoundException((error as { message?: string }).message);
      }),
    );
  }

  @Post('meters/:id/readings')
  @HttpCode(202)
  add(@Param('id') id: string, @Body() { kWh }: { kWh: number }) {
    return this.mqtt.emit(`meters/${id}/reading`, kWh).pipe(map(({ reached }) => ({ reached })));
  }

  // Server-Sent Events: what a topic$ emits, a browser gets
  @Sse('meters/:id/live')
  live(@Param('id') id: string): Observable<MessageEvent> {
    return this.mqtt.client
      .topic$(`meters/${id}/reading`, { decode: json<number>() })
      .pipe(map(({ value }) => ({ data: { kWh: value } })));
  }

  @Get('health')
  health() {
    return mqttHealth(this.mqtt)();
  }
}
