import type { App } from '#platform/http/app';
import type { UsedModel } from '../catalogue/find-price.ts';
import type { TokenUsage } from '../chat-model.ts';
import { toCurrency } from '../metering/price-usage.ts';
import { registerGatewayRoutes } from './gateway.routes.ts';
import { createGatewayService, type GatewayDependencies } from './gateway.service.ts';

export type GatewayModuleDependencies = Omit<GatewayDependencies, 'priceUse'> & {
  /** Millionths of a US dollar. */
  readonly priceUsage: (model: UsedModel, usage: TokenUsage) => number;
  readonly settings: { readonly currencyPerUsd: number };
};

/** The models as developers call them, each question by itself. */
export function createGateway({
  settings,
  priceUsage,
  ...dependencies
}: GatewayModuleDependencies) {
  const gateway = createGatewayService({
    ...dependencies,
    priceUse: (teamId, { model: name, provider, usage }) =>
      toCurrency(priceUsage({ teamId, name, provider }, usage), settings.currencyPerUsd),
  });
  return { registerRoutes: (app: App) => registerGatewayRoutes(app, { gateway }) };
}
