/** What draws random numbers, and what makes that repeatable. */

const under = (module: string, names: string): string[] =>
  names
    .split(/\s+/)
    .filter(Boolean)
    .map(name => `${module}.${name}`);

/** Classes and functions of scikit-learn and its kin that are random unless they have `random_state`. */
export const WITH_RANDOM_STATE = new Set([
  ...under(
    'sklearn.cluster',
    'KMeans MiniBatchKMeans BisectingKMeans SpectralClustering SpectralBiclustering SpectralCoclustering k_means'
  ),
  ...under(
    'sklearn.ensemble',
    `RandomForestClassifier RandomForestRegressor ExtraTreesClassifier ExtraTreesRegressor RandomTreesEmbedding
    GradientBoostingClassifier GradientBoostingRegressor HistGradientBoostingClassifier HistGradientBoostingRegressor
    AdaBoostClassifier AdaBoostRegressor BaggingClassifier BaggingRegressor IsolationForest`
  ),
  ...under(
    'sklearn.tree',
    'DecisionTreeClassifier DecisionTreeRegressor ExtraTreeClassifier ExtraTreeRegressor'
  ),
  ...under('sklearn.neural_network', 'MLPClassifier MLPRegressor BernoulliRBM'),
  ...under(
    'sklearn.linear_model',
    'SGDClassifier SGDRegressor SGDOneClassSVM Perceptron PassiveAggressiveClassifier PassiveAggressiveRegressor RANSACRegressor TheilSenRegressor'
  ),
  ...under('sklearn.svm', 'LinearSVC'),
  ...under('sklearn.mixture', 'GaussianMixture BayesianGaussianMixture'),
  ...under(
    'sklearn.decomposition',
    'TruncatedSVD FastICA LatentDirichletAllocation DictionaryLearning MiniBatchDictionaryLearning SparsePCA MiniBatchSparsePCA'
  ),
  ...under('sklearn.manifold', 'TSNE MDS SpectralEmbedding'),
  ...under(
    'sklearn.model_selection',
    `train_test_split ShuffleSplit StratifiedShuffleSplit GroupShuffleSplit RepeatedKFold RepeatedStratifiedKFold
    RandomizedSearchCV HalvingGridSearchCV HalvingRandomSearchCV`
  ),
  ...under('sklearn.utils', 'shuffle resample'),
  ...under(
    'sklearn.datasets',
    `make_blobs make_classification make_regression make_moons make_circles make_s_curve make_swiss_roll
    make_gaussian_quantiles make_friedman1 make_friedman2 make_friedman3 make_hastie_10_2 make_low_rank_matrix
    make_multilabel_classification make_sparse_uncorrelated make_spd_matrix make_checkerboard make_biclusters`
  ),
  ...under(
    'sklearn.kernel_approximation',
    'RBFSampler Nystroem SkewedChi2Sampler'
  ),
  ...under(
    'sklearn.random_projection',
    'GaussianRandomProjection SparseRandomProjection'
  ),
  ...under('sklearn.covariance', 'EllipticEnvelope MinCovDet'),
  ...under(
    'imblearn.over_sampling',
    'SMOTE ADASYN RandomOverSampler BorderlineSMOTE SVMSMOTE'
  ),
  ...under('imblearn.under_sampling', 'RandomUnderSampler'),
  ...under('umap', 'UMAP')
]);

/** Those that are random only if an argument has this text. */
export const RANDOM_IF: ReadonlyMap<string, RegExp> = new Map([
  ...under(
    'sklearn.model_selection',
    'KFold StratifiedKFold StratifiedGroupKFold'
  ).map((path): [string, RegExp] => [path, /\bshuffle\s*=\s*True\b/]),
  ['sklearn.svm.SVC', /\bprobability\s*=\s*True\b/],
  ['sklearn.decomposition.PCA', /\bsvd_solver\s*=\s*['"]randomized['"]/],
  [
    'sklearn.linear_model.LogisticRegression',
    /\bsolver\s*=\s*['"](?:sag|saga|liblinear)['"]/
  ]
]);

/** Generators of their own; the argument is the seed. */
export const GENERATORS = new Set([
  'numpy.random.default_rng',
  'numpy.random.RandomState',
  'random.Random',
  'torch.Generator'
]);

/** One source of random numbers that all of a library shares. */
export interface IRandomSource {
  library: string;
  /** How to seed it; `$` is the name that the notebook has for the module. */
  seed: string;
  draws: ReadonlySet<string>;
  seeds: RegExp;
}

const SEEDS_ALL =
  '(?:pytorch_lightning|lightning(?:\\.pytorch|\\.fabric)?)\\.seed_everything|transformers\\.(?:trainer_utils\\.)?set_seed|accelerate\\.utils\\.set_seed|fastai\\..*set_seed|keras\\.utils\\.set_random_seed';

export const SOURCES: ReadonlyArray<IRandomSource> = [
  {
    library: 'NumPy',
    seed: '$.random.seed(0)',
    draws: new Set(
      under(
        'numpy.random',
        `rand randn randint random_integers random random_sample ranf sample bytes choice shuffle permutation permuted
        beta binomial chisquare dirichlet exponential f gamma geometric gumbel hypergeometric laplace logistic lognormal
        logseries multinomial multivariate_normal negative_binomial noncentral_chisquare noncentral_f normal pareto
        poisson power rayleigh standard_cauchy standard_exponential standard_gamma standard_normal standard_t triangular
        uniform vonmises wald weibull zipf`
      )
    ),
    seeds: new RegExp(`^(?:numpy\\.random\\.(?:seed|set_state)|${SEEDS_ALL})$`)
  },
  {
    library: 'random',
    seed: '$.seed(0)',
    draws: new Set(
      under(
        'random',
        `random randint randrange randbytes choice choices shuffle sample uniform gauss normalvariate betavariate
        expovariate triangular lognormvariate getrandbits gammavariate paretovariate vonmisesvariate weibullvariate`
      )
    ),
    seeds: new RegExp(`^(?:random\\.(?:seed|setstate)|${SEEDS_ALL})$`)
  },
  {
    library: 'PyTorch',
    seed: '$.manual_seed(0)',
    draws: new Set([
      ...under(
        'torch',
        `rand randn randint randperm rand_like randn_like randint_like normal bernoulli multinomial
        utils.data.random_split`
      ),
      ...under(
        'torch.nn',
        `Linear Bilinear Conv1d Conv2d Conv3d ConvTranspose1d ConvTranspose2d ConvTranspose3d LSTM GRU RNN LSTMCell
        GRUCell RNNCell Embedding EmbeddingBag Transformer TransformerEncoderLayer TransformerDecoderLayer
        MultiheadAttention`
      )
    ]),
    seeds: new RegExp(
      `^(?:torch\\.(?:random\\.)?(?:manual_seed|set_rng_state)|${SEEDS_ALL})$`
    )
  },
  {
    library: 'TensorFlow',
    seed: '$.random.set_seed(0)',
    draws: new Set([
      ...under(
        'tensorflow.random',
        'normal uniform shuffle truncated_normal categorical gamma poisson'
      ),
      ...under(
        'keras.layers',
        `Dense Conv1D Conv2D Conv3D Conv1DTranspose Conv2DTranspose SeparableConv1D SeparableConv2D DepthwiseConv2D
        LSTM GRU SimpleRNN Embedding Dropout MultiHeadAttention`
      )
    ]),
    seeds: new RegExp(
      `^(?:tensorflow\\.(?:random\\.)?set_(?:random_)?seed|tensorflow\\.random\\.set_random_seed|tensorflow\\.compat\\.v1\\.set_random_seed|${SEEDS_ALL})$`
    )
  }
];
