"""Problem codes that the builder, the engines and the records can find, and the exception that carries one.

A fact that a static rule of `src/contract` finds too keeps that rule's code (SLP1xx to SLP3xx).
`docs/problems.md` lists all of them; a test holds the two together.
"""

from __future__ import annotations

from enum import StrEnum

from .wire import CellPlace, Problem


class Code(StrEnum):
    """Stable codes; the comment says what was found."""

    # The notebook and its contract (codes shared with src/contract)
    NOT_PYTHON = "SLP100"  # the notebook's language is not Python
    REQUIREMENTS_MISSING = "SLP101"  # no top-level `requirements`
    REQUIREMENTS_REPEATED = "SLP102"  # declared more than once; the last one counts
    REQUIREMENTS_NOT_LITERAL = "SLP103"  # an expression where a literal list is needed
    REQUIREMENTS_SHAPE = "SLP104"  # not a list of [name, version] pairs
    REQUIREMENT_NAME = "SLP105"  # not a package name
    REQUIREMENT_VERSION = "SLP106"  # neither a version nor a specifier
    REQUIREMENT_REPEATED = "SLP107"  # the same package twice
    IMPORT_UNDECLARED = "SLP109"  # a cell imports what no requirement brings
    PREDICTOR_MISSING = "SLP111"  # no `predictor` (statically, or after the run)
    PREDICTOR_ARITY = "SLP112"  # does not take exactly one argument
    PREDICTOR_KIND = "SLP114"  # it is no ordinary function
    VALIDATOR_ARITY = "SLP121"  # likewise
    VALIDATOR_KIND = "SLP123"  # likewise
    SYNTAX = "SLP201"  # a cell is not valid Python
    UNDEFINED = "SLP202"  # a name that no cell defines
    USED_ABOVE = "SLP203"  # a name that its own cell defines further down
    DEFINED_LATER = "SLP204"  # a name that only a later cell defines
    INSTALL_LINE = "SLP301"  # `!pip install x` of something not in requirements
    KEYBOARD_INPUT = "SLP304"  # input() or getpass()
    ABSOLUTE_PATH = "SLP305"  # a prediction reads a file by an absolute path
    FILE_NOT_BESIDE = "SLP306"  # a prediction reads a file that is not beside the notebook
    NOT_PICKLABLE = "SLP310"  # names the global and its cell

    # The file
    NOTEBOOK_UNREADABLE = "SLP501"  # not JSON, not nbformat, or cannot be opened
    NOTEBOOK_EMPTY = "SLP502"  # no code in it
    NOTEBOOK_MISSING = "SLP503"  # no such file

    # Packages
    PACKAGE_UNKNOWN = "SLP510"  # the index has no such package
    VERSION_UNKNOWN = "SLP511"  # the package has no such version
    NO_PYTHON = "SLP512"  # the pins install on no Python at hand
    PINS_CONFLICT = "SLP513"  # the pins exclude each other
    INDEX_UNREACHABLE = "SLP514"  # the package index did not answer
    INSTALL_FAILED = "SLP515"  # resolved, but would not install
    SETTINGS_INVALID = "SLP530"  # what the notebook's metadata say under `slipway` cannot be

    # The run
    CELL_RAISED = "SLP520"  # an exception
    CELL_TIMEOUT = "SLP521"  # took longer than allowed
    KERNEL_DIED = "SLP522"  # the kernel's process ended
    CELL_EXIT = "SLP523"  # sys.exit, exit(), quit()
    KERNEL_START = "SLP525"  # no kernel came up in the environment
    CONTEXT = "SLP535"  # what is beside the notebook cannot be sent to the container engine
    DATA_CHANGED = "SLP536"  # predictions write to a file that they also read
    MODULE_SHADOWS = "SLP537"  # a module beside the notebook is named as one of Python's own
    TRAINING_DATA = "SLP538"  # what looks like training data goes into the service
    FILE_TOO_LARGE = "SLP539"  # a file that predictions read

    # Samples and verification
    SAMPLE_NOT_JSON = "SLP540"  # a given sample is not JSON
    SAMPLE_FAILED = "SLP541"  # predictor raised on a sample, or answered no JSON
    EXAMPLES_IGNORED = "SLP542"  # predictor refuses every one of `examples`
    NONDETERMINISTIC = "SLP543"  # the model differs from itself
    LOAD_FAILED = "SLP544"  # the captured model does not load in another process
    VERIFY_DIFFERS = "SLP545"  # the loaded model answers otherwise than the notebook
    SERVICE_DIFFERS = "SLP546"  # the started service does
    VALIDATOR_DIFFERS = "SLP547"  # the validator decides otherwise than in the notebook
    BATCH_DIFFERS = "SLP548"  # the notebook's batch_predictor answers otherwise than its predictor
    BATCH_KIND = "SLP549"  # it is no function of one argument
    NOT_TRIED = "SLP572"  # it went live, and there was no sample to try it with

    # Engine, service and machine
    DISK_FULL = "SLP550"
    PORT_TAKEN = "SLP551"
    START_FAILED = "SLP552"  # the service ended or never became ready
    PROBE_FAILED = "SLP553"  # it answers, but not as this release
    BUNDLE_INVALID = "SLP554"  # a file is missing, changed, or from a newer Slipway
    UNSUPPORTED = "SLP555"  # this machine lacks something that is named
    IMAGE_BUILD = "SLP556"  # the container engine does not build the image
    BASE_IMAGE = "SLP557"  # cannot be had, or holds another Python or another libc
    ENGINE_SILENT = "SLP558"  # the container engine does not answer, or died midway
    SECRET_IN_IMAGE = "SLP559"  # noqa: S105  # a value that no image may hold

    # Records
    NAME_INVALID = "SLP560"
    NAME_TAKEN = "SLP561"  # another notebook's deployment has it
    BUSY = "SLP562"  # a release of this deployment is being built
    DEPLOYMENT_UNKNOWN = "SLP563"
    ENGINE_UNKNOWN = "SLP564"
    CANCELLED = "SLP565"
    BUILDER_DIED = "SLP566"  # the builder's process ended without a word
    STILL_LIVE = "SLP567"  # rm of a live deployment without --force
    REQUEST_INVALID = "SLP568"  # a malformed request to the Jupyter server
    FORBIDDEN = "SLP569"  # the Jupyter server does not know the user, or does not let them do this
    NOT_LIVE = "SLP570"  # a service is asked for that does not run
    NOTHING_TO_START = "SLP571"  # a release cannot be started again: it runs, it failed, its files are gone

    # Registries of images
    IMAGE_NAME = "SLP580"  # no name under which a registry can keep an image
    NO_IMAGE = "SLP581"  # the release has none, or it is gone
    REGISTRY_REFUSES = "SLP582"  # wants credentials, or does not let these do it
    REGISTRY_UNREACHABLE = "SLP583"  # does not answer, or its certificate is not trusted
    REGISTRY_FAILED = "SLP584"  # it is full, broken, or the connection was lost midway
    IMAGE_FOREIGN = "SLP585"  # what was fetched is no image that Slipway made, or none for this machine

    # Sources in git
    GIT_UNUSABLE = "SLP586"  # not installed, or too old
    SOURCE_ADDRESS = "SLP587"  # no address of a repository, or one with a transport that is not allowed
    SOURCE_UNREACHABLE = "SLP588"  # its host does not answer, or its certificate or key is not trusted
    SOURCE_CREDENTIALS = "SLP589"  # the host wants credentials, or refuses those that git has
    NOT_A_REPOSITORY = "SLP590"  # there is no git repository at the address
    REVISION_UNKNOWN = "SLP591"  # it has no such branch, tag or commit
    NO_CONTRACT = "SLP592"  # no notebook in it declares what a service needs
    SEVERAL_CONTRACTS = "SLP593"  # more than one does, and none was named
    LEAVES_REPOSITORY = "SLP594"  # a path, a link or a submodule leads out of it
    CHECKOUT_FAILED = "SLP595"  # git could not get the files, or took too long

    INTERNAL = "SLP599"  # a fault of ours; the log has the details


class SlipwayProblem(Exception):
    """A problem that ends what was being done.

    `str()` of it is the sentence for the user.
    """

    def __init__(
        self,
        code: Code,
        message: str,
        *,
        cell: CellPlace | None = None,
        traceback: str | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.cell = cell
        self.traceback = traceback

    def as_problem(self) -> Problem:
        problem: Problem = {"code": self.code.value, "message": self.message, "severity": "error"}
        if self.cell is not None:
            problem["cell"] = self.cell
        if self.traceback is not None:
            problem["traceback"] = self.traceback
        return problem
