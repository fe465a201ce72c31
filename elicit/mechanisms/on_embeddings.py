"""The mechanisms that read one vector per response, the default one first."""

from elicit.evidence import Embeddings
from elicit.mechanisms.cka import cka, cka_by_task
from elicit.mechanisms.cosine import cosine, cosine_by_task, cosine_contrast
from elicit.mechanisms.gaussian_mi import gaussian_mi, gaussian_mi_by_task
from elicit.mechanisms.hsic import hsic, hsic_by_task
from elicit.mechanisms.infonce import infonce, infonce_by_task
from elicit.mechanisms.mutual_knn import mutual_knn, mutual_knn_by_task
from elicit.mechanisms.registry import Mechanism, no_contrast
from elicit.mechanisms.same_task import same_task, same_task_by_task, same_task_contrast

# What all of them say of themselves.
FREE = "Nothing beyond the embeddings: none with the offline embedder, else one call a few dozen answers."
BLIND = "Sees what the embedding sees: seldom a negation, a changed number or the order of events. "
REPEATS = {
    "a weight is a repetition": "a repeated task is no new task to be told apart from, so weights count its part only",
    "tasks twice change nothing": "a task that comes twice is compared with itself as if with another",
}
SPACES = {"turning the vectors of one agent changes nothing": "both agents' vectors must come from one embedder"}
PLUG_IN = {"unbiased": "fewer tasks are easier to tell apart, or show less"}

TABLE: tuple[Mechanism, ...] = (
    Mechanism(
        "same_task",
        Embeddings,
        same_task,
        same_task_by_task,
        same_task_contrast,
        symmetric=True,
        unit="balanced accuracy above chance",
        tasks_needed="Some dozens: half of them are learned from.",
        cost=FREE,
        guarantees="What is learned on one half of the tasks is paid on the other: an estimate of a lower bound on "
        "total-variation information, 0 on average for agents that share nothing.",
        blindness=BLIND + "Near 1 for everybody where any two answers to one task are easily told.",
        source="Robertson and Koyejo (2025), arXiv:2508.05469; Schoenebeck and Yu (2021), ITCS",
        breaks=REPEATS
        | SPACES
        | PLUG_IN
        | {"the order of tasks does not matter": "the halves follow the order of the table"},
    ),
    Mechanism(
        "infonce",
        Embeddings,
        infonce,
        infonce_by_task,
        no_contrast,
        symmetric=False,
        unit="nats",
        tasks_needed="Dozens at least: it never exceeds the log of their number, and near it tells nobody apart.",
        cost=FREE,
        guarantees="On average a lower bound on the mutual information of the vectors, whatever the embedder.",
        blindness=BLIND + "Capped at the log of the number of tasks.",
        source="van den Oord, Li and Vinyals (2018), arXiv:1807.03748",
        breaks=REPEATS | SPACES | PLUG_IN,
    ),
    Mechanism(
        "cka",
        Embeddings,
        cka,
        cka_by_task,
        no_contrast,
        symmetric=True,
        unit="alignment",
        tasks_needed="Four; a few dozen for an interval.",
        cost=FREE,
        guarantees="0 on average for agents that share nothing, at any number of dimensions; each agent may have an "
        "embedder of its own.",
        blindness=BLIND + "Compares likenesses between tasks, so tasks of one subject make everybody agree.",
        source="Kornblith, Norouzi, Lee and Hinton (2019), arXiv:1905.00414; Song et al. (2012), JMLR 13",
        breaks=REPEATS | PLUG_IN,
    ),
    Mechanism(
        "hsic",
        Embeddings,
        hsic,
        hsic_by_task,
        no_contrast,
        symmetric=True,
        unit="covariance of likenesses",
        tasks_needed="Four; a few dozen for an interval.",
        cost=FREE,
        guarantees="Unbiased: 0 on average for agents that share nothing, at any number of tasks or dimensions.",
        blindness=BLIND + "Has no scale: an agent whose answers differ more from task to task earns more.",
        source="Song, Smola, Gretton, Bedo and Borgwardt (2012), JMLR 13",
        breaks=REPEATS,
    ),
    Mechanism(
        "mutual_knn",
        Embeddings,
        mutual_knn,
        mutual_knn_by_task,
        no_contrast,
        symmetric=True,
        unit="shared neighbours above chance",
        tasks_needed="A hundred: 10 neighbours must be few among them.",
        cost=FREE,
        guarantees="0 on average for agents that share nothing; each agent may have an embedder of its own.",
        blindness=BLIND + "Only ranks of likeness count, and only among the nearest tasks.",
        source="Huh, Cheung, Wang and Isola (2024), arXiv:2405.07987",
        breaks=REPEATS | PLUG_IN,
    ),
    Mechanism(
        "gaussian_mi",
        Embeddings,
        gaussian_mi,
        gaussian_mi_by_task,
        no_contrast,
        symmetric=True,
        unit="nats",
        tasks_needed="A hundred: one direction is looked at for every 10.",
        cost=FREE,
        guarantees="0 on average for agents that share nothing; the information itself where the copula is Gaussian.",
        blindness=BLIND + "Linear dependence of the leading directions only.",
        source="Ince et al. (2017), doi:10.1002/hbm.23471",
        breaks=REPEATS | PLUG_IN,
    ),
    Mechanism(
        "cosine",
        Embeddings,
        cosine,
        cosine_by_task,
        cosine_contrast,
        symmetric=True,
        unit="cosine above chance",
        tasks_needed="Four; a few dozen for an interval.",
        cost=FREE,
        guarantees="Unbiased; half of it is a lower bound on total-variation information, by a critic that nobody "
        "trains.",
        blindness=BLIND + "Has the embedder's scale, so compare within a run only.",
        source="Robertson and Koyejo (2025), arXiv:2508.05469, with the cosine as critic",
        breaks=REPEATS | SPACES,
    ),
)
