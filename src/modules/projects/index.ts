export { createProjectsModule } from './projects.module.ts';
export type { ProjectSettings, RetrievalSettings } from './project-settings.ts';
export type { ProjectService } from './projects.service.ts';
