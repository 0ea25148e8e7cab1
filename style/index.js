import './base.css';
import './deployments.css';
import './marks.css';
import './packages.css';
import './problems.css';
