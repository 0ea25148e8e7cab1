import './base.css';
import './deployments.css';
import './marks.css';
import './problems.css';
