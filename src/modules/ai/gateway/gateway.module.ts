import type { App } from '#platform/http/app';
import type { TokenUsage } from '../chat-model.ts';
import { toCurrency } from '../metering/price-usage.ts';
import { registerGatewayRoutes } from './gateway.routes.ts';
import { createGatewayService, type GatewayDependencies } from './gateway.service.ts';

export type GatewayModuleDependencies = Omit<GatewayDependencies, 'priceUsage'> & {
  /** Millionths of a US dollar. */
  readonly priceUsage: (model: string, usage: TokenUsage) => number;
  readonly settings: { readonly currencyPerUsd: number };
};

/** The models as developers call them, each question by itself. */
export function createGateway({ settings, ...dependencies }: GatewayModuleDependencies) {
  const gateway = createGatewayService({
    ...dependencies,
    priceUsage: (model, usage) =>
      toCurrency(dependencies.priceUsage(model, usage), settings.currencyPerUsd),
  });
  return { registerRoutes: (app: App) => registerGatewayRoutes(app, { gateway }) };
}
