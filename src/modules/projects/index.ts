export { createProjectsModule } from './projects.module.ts';
export type { ProjectService } from './projects.service.ts';
