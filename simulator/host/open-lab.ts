/**
 * One lab that is awake: the model in motion, its files, and for each node a terminal's door and an API's door.
 */
import type { LabDescription } from "../../labs/lab-description.ts";
import { type ApiDoor, startApiDoor } from "../api/api-door.ts";
import { issueCa, issueNodeCertificate } from "../api/certificates.ts";
import { createLab } from "../cluster/lab.ts";
import type { LabState } from "../cluster/state.ts";
import { hostKeySha256 } from "../keys/host-key.ts";
import { type SshDoor, startSshDoor } from "../ssh/ssh-door.ts";
import { Activity } from "./activity.ts";
import { ControlRefusal, type LabControl } from "./control-api.ts";
import { type ClockMode, LabRunner } from "./lab-runner.ts";
import { type LabIdentity, type LabStore, LabUnreadable } from "./lab-store.ts";

export interface HostLog {
  info(message: string): void;
  error(message: string, error: unknown): void;
}

interface NodeDoors {
  name: string;
  ssh: SshDoor;
  api: ApiDoor;
  hostKeySha256: string;
}
