"""Which public notebooks are run, by repository; none of them is kept here.

Chosen because they need no download but for what `benchmarks.stand_ins` makes, no package beyond TensorFlow, Keras,
pandas, scikit-learn and matplotlib, and no more than minutes. Keras keeps its guides as Python files, from which its
notebooks are made.
"""

CHOSEN = {
    "tensorflow/docs": """
        site/en/guide/advanced_autodiff.ipynb site/en/guide/autodiff.ipynb site/en/guide/basic_training_loops.ipynb
        site/en/guide/basics.ipynb site/en/guide/checkpoint.ipynb site/en/guide/core/matrix_core.ipynb
        site/en/guide/core/optimizers_core.ipynb site/en/guide/data.ipynb site/en/guide/data_performance.ipynb
        site/en/guide/distributed_training.ipynb site/en/guide/dtensor_overview.ipynb
        site/en/guide/extension_type.ipynb site/en/guide/function.ipynb site/en/guide/graph_optimization.ipynb
        site/en/guide/intro_to_graphs.ipynb site/en/guide/intro_to_modules.ipynb site/en/guide/migrate/tf1_vs_tf2.ipynb
        site/en/guide/mixed_precision.ipynb site/en/guide/ragged_tensor.ipynb site/en/guide/random_numbers.ipynb
        site/en/guide/sparse_tensor.ipynb site/en/guide/tensor.ipynb site/en/guide/tensor_slicing.ipynb
        site/en/guide/tf_numpy.ipynb site/en/guide/tf_numpy_type_promotion.ipynb site/en/guide/variable.ipynb
        site/en/tutorials/customization/basics.ipynb site/en/tutorials/customization/custom_layers.ipynb
        site/en/tutorials/distribute/custom_training.ipynb site/en/tutorials/distribute/input.ipynb
        site/en/tutorials/images/classification.ipynb site/en/tutorials/keras/classification.ipynb
        site/en/tutorials/keras/save_and_load.ipynb site/en/tutorials/load_data/numpy.ipynb
        site/en/tutorials/load_data/pandas_dataframe.ipynb site/en/tutorials/load_data/tfrecord.ipynb
        site/en/tutorials/quickstart/advanced.ipynb site/en/tutorials/quickstart/beginner.ipynb
    """,
    "keras-team/keras": """
        guides/custom_train_step_in_tensorflow.py guides/distributed_training_with_tensorflow.py
        guides/functional_api.py guides/making_new_layers_and_models_via_subclassing.py guides/sequential_model.py
        guides/training_with_built_in_methods.py guides/understanding_masking_and_padding.py
        guides/writing_a_custom_training_loop_in_tensorflow.py guides/writing_your_own_callbacks.py
    """,
    "ageron/handson-ml3": """
        04_training_linear_models.ipynb 12_custom_models_and_training_with_tensorflow.ipynb extra_autodiff.ipynb
        extra_gradient_descent_comparison.ipynb math_linear_algebra.ipynb tools_numpy.ipynb tools_pandas.ipynb
    """,
    "aymericdamien/TensorFlow-Examples": """
        tensorflow_v2/notebooks/1_Introduction/basic_operations.ipynb
        tensorflow_v2/notebooks/1_Introduction/helloworld.ipynb
        tensorflow_v2/notebooks/2_BasicModels/linear_regression.ipynb
        tensorflow_v2/notebooks/2_BasicModels/logistic_regression.ipynb
        tensorflow_v2/notebooks/3_NeuralNetworks/neural_network.ipynb
        tensorflow_v2/notebooks/3_NeuralNetworks/neural_network_raw.ipynb
        tensorflow_v2/notebooks/4_Utils/build_custom_layers.ipynb
        tensorflow_v2/notebooks/4_Utils/save_restore_model.ipynb
    """,
}
"""Paths of each repository, in words."""

PATHS = [path for words in CHOSEN.values() for path in words.split()]
