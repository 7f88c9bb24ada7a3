// Names of services that samples of Microsoft have (the public repository Windows-driver-samples). Names that other drivers
// may well have chosen by themselves, such as Echo, are left out.

/** In lower case. */
export const SAMPLE_SERVICES: ReadonlySet<string> = new Set(
  (
    'toaster toasterfilter statbus dynambus wdfsimple wdffeatured wdfmulticomp wdftoastmon defect_toastmon ' +
    'kmdf_enumswitches osrusbfx2 osrfx2_dchu_usersvc hidusbfx2 vhidmini avshws avssamp avscamera ' +
    'sysvad_componentizedaudiosample simpleaudiosample kbfiltr moufiltr pci9x5x usbsamp sampledsm spbtesttool ' +
    'singlecomponentfstatesvc skeletoni2c netvmini60 netvmini620 netvmini630 netvmini680 ndisprot60 ndisprot630 ' +
    'mspassthroughext msforwardext kdodsamp wmisamp treeminiportsample treeosservicesample ' +
    'ucmtcpcicxclientsample ucmucsiacpisample ufxclientsample bthechosamplecli bthechosamplesrv ' +
    'wificxsampleclientkm prmfuncsample sampleacpipep'
  ).split(' '),
);
