import type { Scope, UnitOfWork } from '#platform/db/database';
import { AppError, invalid, notFound } from '#platform/errors/app-error';
import { mayAdminister, type Actor } from '#shared/actor';
import { newId, type ModelId, type TeamId } from '#shared/ids';
import { pageOffset, type Page, type PageRequest } from '#shared/page';
import type { ProviderName } from '../providers/model-provider.ts';
import { qualifiedName, type CatalogueModel } from './catalogue-model.ts';
import { auditModel, type ModelEventLog } from './model-audit.ts';
import type { ModelCatalogue } from './model-catalogue.service.ts';
import type { ModelChanges, ModelsRepository } from './models.repository.ts';
import { overlayModel, type ModelOverlay } from './overlay-models.ts';

export type CreateModelInput = Omit<ModelOverlay, 'id'>;

export type UpdateModelInput = ModelChanges & { readonly id: ModelId };

export type CatalogueListing = PageRequest & {
  /** Those of this team alone; else everybody's. */
  readonly teamId?: TeamId | undefined;
  readonly provider?: ProviderName | undefined;
  readonly sort: { readonly direction: 'asc' | 'desc' };
};

type Repositories = {
  readonly sharedModels: ModelsRepository;
  readonly teamModels: ModelsRepository;
  readonly log: ModelEventLog;
};

export type ModelServiceDependencies = {
  readonly listed: readonly CatalogueModel[];
  readonly catalogue: Pick<ModelCatalogue, 'listShared' | 'forTeam' | 'forget'>;
  readonly sharedModels: () => Pick<ModelsRepository, 'find'>;
  /** Of every team. */
  readonly allTeamModels: () => Pick<ModelsRepository, 'find'>;
  readonly unitOfWork: UnitOfWork<Repositories>;
};

export type ModelService = ReturnType<typeof createModelService>;

/** All of them are read for each call. */
const MAX_MODELS = 500;

/** Administrators change the catalogue: a row beside a listed model changes it, and any other adds one. */
export function createModelService(dependencies: ModelServiceDependencies) {
  const { listed, catalogue, sharedModels, allTeamModels, unitOfWork } = dependencies;

  async function change<T>(
    teamId: TeamId | null,
    work: (models: ModelsRepository, log: ModelEventLog) => Promise<T>,
  ): Promise<T> {
    const result = await unitOfWork.run(scopeOf(teamId), (repositories) =>
      work(tableOf(repositories, teamId), repositories.log),
    );
    await catalogue.forget(teamId);
    return result;
  }

  /** A row, or, where there is none, the listed model of that id. */
  async function find(id: ModelId): Promise<Found> {
    const row = (await sharedModels().find(id)) ?? (await allTeamModels().find(id));
    if (row) return { row, listed: undefined };
    const model = listed.find((each) => each.id === id);
    if (!model) throw notFound('model', id);
    return { row: undefined, listed: model };
  }

  function findListed(model: Pick<ModelOverlay, 'provider' | 'name'>): CatalogueModel | undefined {
    const name = qualifiedName(model);
    return listed.find((each) => qualifiedName(each) === name);
  }

  async function assertBase({ base, teamId }: Pick<ModelOverlay, 'base' | 'teamId'>) {
    if (base === null) return;
    const names = await basesFor(teamId);
    if (!names.has(base)) throw unknownBase(base);
  }

  async function basesFor(teamId: TeamId | null): Promise<ReadonlySet<string>> {
    const models =
      teamId === null ? await catalogue.listShared() : (await catalogue.forTeam(teamId)).models;
    return new Set(models.flatMap((model) => [model.name, qualifiedName(model)]));
  }

  return {
    /** @throws FORBIDDEN */
    async list(actor: Actor, listing: CatalogueListing): Promise<Page<CatalogueModel>> {
      assertAdministrator(actor);
      const { teamId, provider, sort, page, pageSize } = listing;
      const models = teamId ? await listOfTeam(teamId) : await catalogue.listShared();
      const sign = sort.direction === 'asc' ? 1 : -1;
      const matching = models
        .filter((model) => provider === undefined || model.provider === provider)
        .toSorted((left, right) => sign * left.name.localeCompare(right.name));
      const start = pageOffset(listing);
      const items = matching.slice(start, start + pageSize);
      return { items, total: matching.length, page, pageSize };
    },

    /** @throws FORBIDDEN, NOT_FOUND */
    async get(actor: Actor, { id }: { readonly id: ModelId }): Promise<CatalogueModel> {
      assertAdministrator(actor);
      const { row, listed: model } = await find(id);
      return row ? overlayModel(listed, row) : model;
    },

    /** @throws FORBIDDEN, NOT_FOUND for the team, DUPLICATE, CONFLICT when there are too many */
    async create(actor: Actor, input: CreateModelInput): Promise<CatalogueModel> {
      assertAdministrator(actor);
      const { teamId } = input;
      if (teamId === null && findListed(input)) throw duplicate(input);
      await assertBase(input);
      const row = await change(teamId, async (models, log) => {
        if (teamId !== null && !(await models.hasTeam(teamId))) throw notFound('team', teamId);
        if ((await models.list()).length >= MAX_MODELS) throw tooMany();
        const created = await models.insert({ ...input, id: newId() });
        if (!created) throw duplicate(input);
        await auditModel(log, actor, { action: 'model.created', after: created });
        return created;
      });
      return overlayModel(listed, row);
    },

    /** @throws FORBIDDEN, NOT_FOUND */
    async update(actor: Actor, { id, ...changes }: UpdateModelInput): Promise<CatalogueModel> {
      assertAdministrator(actor);
      const found = await find(id);
      const teamId = found.row?.teamId ?? null;
      await assertBase({ base: changes.base ?? null, teamId });
      const row = await change(teamId, async (models, log) => {
        const before = await models.lock(id);
        if (!before && found.listed) await models.insert(unchanged(found.listed));
        const after = await models.update(id, changes);
        if (!after) throw notFound('model', id);
        await auditModel(log, actor, { action: 'model.updated', before, after });
        return after;
      });
      return overlayModel(listed, row);
    },

    /** A listed model is then again as it was listed. @throws FORBIDDEN, NOT_FOUND, CONFLICT */
    async remove(actor: Actor, { id }: { readonly id: ModelId }): Promise<void> {
      assertAdministrator(actor);
      const { row } = await find(id);
      if (!row) throw asListed(id);
      await change(row.teamId, async (models, log) => {
        const before = await models.lock(id);
        if (!before) throw notFound('model', id);
        await models.delete(id);
        await auditModel(log, actor, { action: 'model.deleted', before });
      });
    },
  };

  async function listOfTeam(teamId: TeamId): Promise<readonly CatalogueModel[]> {
    const { models } = await catalogue.forTeam(teamId);
    return models.filter((model) => model.teamId === teamId);
  }
}

type Found =
  | { readonly row: ModelOverlay; readonly listed: undefined }
  | { readonly row: undefined; readonly listed: CatalogueModel };

function scopeOf(teamId: TeamId | null): Scope {
  return teamId === null ? { kind: 'none' } : { kind: 'team', teamId };
}

function tableOf(
  { sharedModels, teamModels }: Repositories,
  teamId: TeamId | null,
): ModelsRepository {
  return teamId === null ? sharedModels : teamModels;
}

const NOTHING_SAID = {
  isEnabled: true,
  description: null,
  contextTokens: null,
  complexity: null,
  abilities: null,
  promptPriceMicros: null,
  cachedPriceMicros: null,
  completionPriceMicros: null,
  base: null,
  trafficShare: 0,
  teamId: null,
} as const;

/** A row that says nothing but of which model it is. */
function unchanged({ id, provider, name, source }: CatalogueModel): ModelOverlay {
  return { ...NOTHING_SAID, id, provider, name, source };
}

/** @throws FORBIDDEN */
function assertAdministrator(actor: Actor): void {
  if (!mayAdminister(actor)) throw new AppError('forbidden', 'Only administrators may do this');
}

function duplicate(model: Pick<ModelOverlay, 'provider' | 'name'>): AppError {
  return new AppError('duplicate', `There is a model "${qualifiedName(model)}" already: change it`);
}

function unknownBase(base: string): AppError {
  return invalid([{ field: 'base', message: `There is no model "${base}"` }], 'model.unknown');
}

function tooMany(): AppError {
  return new AppError('conflict', `There are ${MAX_MODELS} models already: delete one first`, {
    reason: 'model.too_many',
  });
}

function asListed(id: ModelId): AppError {
  const message = `The model "${id}" is as it is listed: disable it instead`;
  return new AppError('conflict', message, { reason: 'model.built_in' });
}
