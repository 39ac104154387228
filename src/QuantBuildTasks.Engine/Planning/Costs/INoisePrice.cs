using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Planning.Costs;

/// <summary>What accuracy is worth, in ns: the noise of each thing that a plan rounds at a price. It moves a plan along the front of accuracy and speed.</summary>
internal interface INoisePrice
{
    /// <summary>For the rounded weights of a node that computes with integers.</summary>
    double OfInteger(Node node);

    /// <summary>For the weights of the same node as float32, which are stored in few bits too.</summary>
    double OfFloat32(Node node);

    /// <summary>For a value in 8 bits.</summary>
    /// <param name="value">The value.</param>
    /// <param name="forAll">Whether everything that reads it sees it rounded; else layers alone do, as where a float32 sum hands on what it added and a convolution behind it reads it in 8 bits.</param>
    double OfValue(Value value, bool forAll);
}
